package target

import (
	"errors"
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"
)

// How much of a bad input is shown back, in characters.
const (
	quotedLength = 60
	pathLength   = 1024
)

// ValidateName checks a name before it can reach a URL, so that "../x" and "?" never do (DNS-1123 subdomain).
func ValidateName(name string) error {
	switch {
	case name == "":
		return errors.New("the name must not be empty")
	case len(name) > validation.DNS1123SubdomainMaxLength:
		return fmt.Errorf("the name %s is longer than %d characters", quote(name), validation.DNS1123SubdomainMaxLength)
	case len(validation.IsDNS1123Subdomain(name)) > 0:
		return fmt.Errorf("%s is not a valid name\nnames have lower case letters, digits, \"-\" and \".\", and begin and end with a letter or digit",
			quote(name))
	default:
		return nil
	}
}

// ValidateNamespace checks what --namespace was given.
func ValidateNamespace(name string) error {
	switch {
	case strings.TrimSpace(name) == "":
		return errors.New("--namespace must not be empty\nleave it out to use the context's namespace")
	case !validNamespace(name):
		return fmt.Errorf("--namespace %s is not a valid namespace name\nnamespaces have lower case letters, digits and \"-\"", quote(name))
	default:
		return nil
	}
}

func validNamespace(name string) bool { return len(validation.IsDNS1123Label(name)) == 0 }

// quote shows typed text back without letting it act on the terminal, cut when long.
func quote(s string) string { return quoteUpTo(s, quotedLength) }

// quotePath is quote for what has its name at its end: paths and addresses are shown whole as far as they are sane.
func quotePath(s string) string { return quoteUpTo(s, pathLength) }

func quoteUpTo(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return fmt.Sprintf("%+q…", string(r[:most]))
	}
	return fmt.Sprintf("%+q", s)
}
