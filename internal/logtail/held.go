package logtail

import "time"

// hold keeps every other lane waiting until the line that a lane stands in goes on; nil: none does any more.
func (o *output) hold(l *lane) {
	if o.impatient != nil {
		o.impatient.Stop()
		o.impatient = nil
	}
	o.held = l
}

// tear lets the others go on if the lane that is held brings nothing for long.
func (o *output) tear() {
	l := o.held
	o.impatient = time.AfterFunc(heldUp, func() {
		o.mu.Lock()
		defer o.mu.Unlock()
		if o.held == l {
			o.held, o.torn = nil, l
			o.changed.Broadcast()
		}
	})
}
