// Package krew tests that krew takes the plugin: its validator, and krew itself through the real kubectl.
package krew
