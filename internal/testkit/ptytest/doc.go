// Package ptytest runs a program on a terminal of its own, for tests: what it writes is kept, drawn by an emulator, and
// the terminal can be resized, typed at and closed.
package ptytest
