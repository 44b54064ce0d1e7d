package faultproxy

import (
	"net/http/httptest"
	"testing"
)

func TestRead(t *testing.T) {
	for line, want := range map[string]Request{
		"GET /apis/batch/v1/namespaces/n/jobs":            {Verb: "list", Resource: "jobs", Namespace: "n"},
		"GET /apis/batch/v1/jobs?watch=true":              {Verb: "watch", Resource: "jobs"},
		"GET /apis/batch/v1/namespaces/n/jobs/x":          {Verb: "get", Resource: "jobs", Namespace: "n", Name: "x"},
		"GET /api/v1/namespaces/n/pods/p/log?follow=true": {Verb: "get", Resource: "pods/log", Namespace: "n", Name: "p"},
		"GET /api/v1/namespaces/n":                        {Verb: "get", Resource: "namespaces", Name: "n"},
		"GET /api/v1/namespaces":                          {Verb: "list", Resource: "namespaces"},
		"GET /api/v1/nodes/a":                             {Verb: "get", Resource: "nodes", Name: "a"},
		"POST /apis/batch/v1/namespaces/n/jobs":           {Verb: "create", Resource: "jobs", Namespace: "n"},
		"PATCH /apis/batch/v1/namespaces/n/jobs/x":        {Verb: "patch", Resource: "jobs", Namespace: "n", Name: "x"},
		"PUT /apis/batch/v1/namespaces/n/jobs/x":          {Verb: "update", Resource: "jobs", Namespace: "n", Name: "x"},
		"DELETE /apis/batch/v1/namespaces/n/jobs/x":       {Verb: "delete", Resource: "jobs", Namespace: "n", Name: "x"},
		"DELETE /apis/batch/v1/namespaces/n/jobs":         {Verb: "deletecollection", Resource: "jobs", Namespace: "n"},
		"GET /version": {Verb: "get"},
		"GET /apis":    {Verb: "get"},
		"GET /api/v1/namespaces/n/pods?fieldSelector=a%3Db&watch=1": {Verb: "watch", Resource: "pods", Namespace: "n"},
	} {
		var method, path string
		for i, r := range line {
			if r == ' ' {
				method, path = line[:i], line[i+1:]
				break
			}
		}
		want.Path = path
		if got := read(httptest.NewRequest(method, path, nil)); got != want {
			t.Errorf("%s:\n got %+v\nwant %+v", line, got, want)
		}
	}
}
