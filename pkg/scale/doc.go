// Package scale changes how many pods of a Job run at once, and how many completions an Indexed Job wants.
package scale
