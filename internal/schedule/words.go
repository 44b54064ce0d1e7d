package schedule

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Words says the schedule in a sentence's words ("every 5 minutes", "at 03:15 on Monday"); the text itself where it says
// more than a few words can.
func (s Schedule) Words() string {
	text := strings.TrimSpace(s.Text)
	if _, rest, ok := ZoneInText(text); ok {
		text = rest
	}
	if after, ok := strings.CutPrefix(text, "@every "); ok {
		return "every " + after
	}
	if long, ok := map[string]string{
		"@hourly": "0 * * * *", "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@weekly": "0 0 * * 0",
		"@monthly": "0 0 1 * *", "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *",
	}[text]; ok {
		text = long
	}
	f := strings.Fields(strings.ReplaceAll(text, "?", "*"))
	if len(f) != 5 {
		return s.Text
	}
	when, ok := timeOfDay(f[0], f[1])
	day, okDay := days(f[2], f[3], f[4])
	if !ok || !okDay {
		return s.Text
	}
	switch {
	case day == "" && strings.HasPrefix(when, "at "):
		return when + " every day"
	case day == "":
		return when
	}
	return when + " " + day
}

// timeOfDay words the fields of the minute and the hour.
func timeOfDay(minute, hour string) (string, bool) {
	m, mErr := strconv.Atoi(minute)
	h, hErr := strconv.Atoi(hour)
	switch {
	case mErr == nil && hErr == nil:
		return fmt.Sprintf("at %02d:%02d", h, m), true
	case mErr == nil && hour == "*":
		return fmt.Sprintf("every hour at :%02d", m), true
	case mErr == nil && step(hour) > 1:
		return fmt.Sprintf("every %d hours at :%02d", step(hour), m), 24%step(hour) == 0
	case hour == "*" && (minute == "*" || step(minute) == 1):
		return "every minute", true
	case hour == "*" && step(minute) > 1:
		return fmt.Sprintf("every %d minutes", step(minute)), 60%step(minute) == 0
	}
	if hours, ok := hourList(hour, m); ok && mErr == nil {
		return "at " + hours, true
	}
	return "", false
}

// hourList words a list of hours: "at 06:00, 18:00".
func hourList(hour string, minute int) (string, bool) {
	parts := strings.Split(hour, ",")
	for i, p := range parts {
		h, err := strconv.Atoi(p)
		if err != nil {
			return "", false
		}
		parts[i] = fmt.Sprintf("%02d:%02d", h, minute)
	}
	return strings.Join(parts, ", "), len(parts) <= 4
}

// days words the fields of the day of the month, the month and the day of the week.
func days(day, month, week string) (string, bool) {
	d, dErr := strconv.Atoi(day)
	m, mErr := strconv.Atoi(month)
	switch {
	case day == "*" && month == "*" && week == "*":
		return "", true
	case day == "*" && month == "*":
		return weekdays(week)
	case dErr == nil && month == "*" && week == "*":
		return fmt.Sprintf("on day %d of the month", d), true
	case dErr == nil && mErr == nil && week == "*" && m >= 1 && m <= 12:
		return fmt.Sprintf("on %d %s", d, months[m-1]), true
	}
	return "", false
}

func weekdays(week string) (string, bool) {
	switch strings.ToUpper(week) {
	case "1-5", "MON-FRI":
		return "on Monday to Friday", true
	case "0,6", "6,0", "SAT,SUN", "SUN,SAT":
		return "on Saturday and Sunday", true
	}
	var names []string
	for _, p := range strings.Split(week, ",") {
		name, ok := weekday(p)
		if !ok {
			return "", false
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return "on " + strings.Join(names, ", "), true
}

func weekday(p string) (string, bool) {
	if n, err := strconv.Atoi(p); err == nil && n >= 0 && n < len(weekdayNames) {
		return weekdayNames[n], true
	}
	for _, name := range weekdayNames {
		if len(p) == 3 && strings.EqualFold(p, name[:3]) {
			return name, true
		}
	}
	return "", false
}

// step reads "*/5"; 0: it is none.
func step(field string) int {
	after, ok := strings.CutPrefix(field, "*/")
	n, err := strconv.Atoi(after)
	if !ok || err != nil || n < 1 {
		return 0
	}
	return n
}

//nolint:gochecknoglobals // constant tables
var (
	weekdayNames = [...]string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"}
	months       = [...]string{
		"January", "February", "March", "April", "May", "June",
		"July", "August", "September", "October", "November", "December",
	}
)
