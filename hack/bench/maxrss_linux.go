package main

// maxrssUnit is what getrusage counts ru_maxrss in, in bytes.
const maxrssUnit = 1024
