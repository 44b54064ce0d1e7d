package observe

import (
	"fmt"

	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
	"github.com/kubectl-jobx/kubectl-jobx/internal/render"
)

// Verdict is the one line that says how a Job ended, or why following it did.
func Verdict(j Job, style render.Style) string {
	switch {
	case j.End != nil && j.End.Why != "":
	case j.End != nil && j.End.Met != "" && j.Status.Outcome == jobstatus.Unfinished:
		return render.Met(j.Status, j.End.Met, style)
	default:
		return render.Verdict(j.Status, style)
	}
	return fmt.Sprintf("job %q in namespace %q: not waited for any longer: %s",
		style.Text(j.Status.Name), style.Text(j.Status.Namespace), style.Text(j.End.Why))
}
