module github.com/kubectl-jobx/kubectl-jobx/hack/cluster

go 1.26.0
