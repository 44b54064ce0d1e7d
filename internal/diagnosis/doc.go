// Package diagnosis answers why a Job or a CronJob is not done: the causes, the most decisive first, each with its
// evidence and the next command to type. It is pure: what it looks at comes in as facts.
package diagnosis
