// Package watch follows Jobs toward their completion count until they end, and tells how they ended by its exit code.
package watch
