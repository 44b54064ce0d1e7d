package act

import (
	"fmt"
	"math"
	"strconv"
)

// Count is a flag's value: a number of pods, 0 or more, or not given.
type Count struct{ value *int32 }

// Value returns the number, or nil.
func (c *Count) Value() *int32 { return c.value }

// String implements pflag.Value.
func (c *Count) String() string {
	if c.value == nil {
		return ""
	}
	return strconv.Itoa(int(*c.value))
}

// Set implements pflag.Value.
func (c *Count) Set(text string) error {
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil || n < 0 {
		return fmt.Errorf("want 0 to %d", math.MaxInt32)
	}
	v := int32(n)
	c.value = &v
	return nil
}

// Type implements pflag.Value.
func (c *Count) Type() string { return "int" }
