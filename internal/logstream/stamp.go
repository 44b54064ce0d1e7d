package logstream

// A stamp is what the kubelet puts in front of every line when asked for timestamps: RFC 3339 with nanoseconds, then one
// blank (timeFormatOut in k8s.io/cri-client/pkg/logs).

// lengths of the parts of a stamp, in bytes.
const (
	secondsLength  = len("2006-01-02T15:04:05")
	shortestStamp  = secondsLength + len("Z ")
	fractionDigits = 9
	zoneLength     = len("+00:00")
)

// stamps reads stamps. Lines come in bursts of the same second, so the last second read is remembered.
type stamps struct {
	text [secondsLength]byte // the second that is remembered, as text
	unix int64               // and as seconds since 1970, before the zone is taken off
	set  bool
}

// ParseStamp reads the stamp at the start of a line: when it was written, in nanoseconds since 1970.
func ParseStamp(line []byte) (ns int64, ok bool) {
	var s stamps
	ns, _, ok = s.parse(line)
	return ns, ok
}

// parse reads the stamp at the start of a line: the time in nanoseconds since 1970 and the stamp's length with its blank.
func (s *stamps) parse(line []byte) (ns int64, length int, ok bool) {
	if len(line) < shortestStamp {
		return 0, 0, false
	}
	if !s.set || [secondsLength]byte(line) != s.text {
		unix, ok := parseSeconds(line)
		if !ok {
			return 0, 0, false
		}
		s.text, s.unix, s.set = [secondsLength]byte(line), unix, true
	}
	fraction, i, ok := parseFraction(line, secondsLength)
	if !ok {
		return 0, 0, false
	}
	offset, i, ok := parseZone(line, i)
	if !ok || i >= len(line) || line[i] != ' ' {
		return 0, 0, false
	}
	return (s.unix-offset)*1e9 + fraction, i + 1, true
}

// parseFraction reads the optional fraction of a second that starts at i, in nanoseconds.
func parseFraction(line []byte, i int) (ns int64, next int, ok bool) {
	if line[i] != '.' {
		return 0, i, true
	}
	i++
	digits := 0
	for i < len(line) && line[i]-'0' <= 9 {
		if digits == fractionDigits {
			return 0, 0, false
		}
		ns = ns*10 + int64(line[i]-'0')
		digits++
		i++
	}
	if digits == 0 {
		return 0, 0, false
	}
	for ; digits < fractionDigits; digits++ {
		ns *= 10
	}
	return ns, i, true
}

// parseZone reads Z or an offset such as +02:00, in seconds.
func parseZone(line []byte, i int) (offset int64, next int, ok bool) {
	switch {
	case i >= len(line):
		return 0, 0, false
	case line[i] == 'Z':
		return 0, i + 1, true
	case (line[i] != '+' && line[i] != '-') || len(line) < i+zoneLength || line[i+3] != ':':
		return 0, 0, false
	}
	hours, ok1 := twoDigits(line[i+1:])
	minutes, ok2 := twoDigits(line[i+4:])
	if !ok1 || !ok2 || hours > 23 || minutes > 59 {
		return 0, 0, false
	}
	offset = hours*3600 + minutes*60
	if line[i] == '-' {
		offset = -offset
	}
	return offset, i + zoneLength, true
}

// parseSeconds reads 2006-01-02T15:04:05 as if it were UTC.
func parseSeconds(b []byte) (unix int64, ok bool) {
	if b[4] != '-' || b[7] != '-' || b[10] != 'T' || b[13] != ':' || b[16] != ':' {
		return 0, false
	}
	century, ok1 := twoDigits(b)
	year, ok2 := twoDigits(b[2:])
	month, ok3 := twoDigits(b[5:])
	day, ok4 := twoDigits(b[8:])
	hour, ok5 := twoDigits(b[11:])
	minute, ok6 := twoDigits(b[14:])
	second, ok7 := twoDigits(b[17:])
	if !ok1 || !ok2 || !ok3 || !ok4 || !ok5 || !ok6 || !ok7 ||
		month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60 {
		return 0, false
	}
	return days(century*100+year, month, day)*86400 + hour*3600 + minute*60 + second, true
}

// days is the number of days from 1970-01-01 to a date of the Gregorian calendar. Years begin in March here, so that
// the leap day is the last of a year.
func days(year, month, day int64) int64 {
	if month <= 2 {
		year--
		month += 12
	}
	return 365*year + year/4 - year/100 + year/400 + (153*(month-3)+2)/5 + day - 1 - 719468
}

func twoDigits(b []byte) (int64, bool) {
	tens, ones := b[0]-'0', b[1]-'0'
	return int64(tens)*10 + int64(ones), tens <= 9 && ones <= 9
}

// unfinishedStamp says that text may be the beginning of a stamp that was cut off.
func unfinishedStamp(text []byte) bool {
	const pattern = "0000-00-00T00:00:00.000000000+00:00 "
	if len(text) >= len(pattern) {
		return false
	}
	for i, c := range text {
		want := pattern[i]
		switch {
		case want == '0' && c-'0' <= 9, c == want:
		case i >= secondsLength && (c == 'Z' || c == '.' || c == '+' || c == '-' || c == ':' || c-'0' <= 9):
		default:
			return false
		}
	}
	return true
}
