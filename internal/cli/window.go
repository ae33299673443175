package cli

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"dex/internal/eventtime"
	"dex/internal/jinja/value"
)

// readEventTime reads --event-time-start and --event-time-end, and writes the
// time as artifacts have it.
func readEventTime(written string) (value.Value, error) {
	t, err := eventtime.ParseFlag(written)
	if err != nil {
		return nil, err
	}
	return value.Str(strings.TrimSuffix(eventtime.ISO(t), "+00:00")), nil
}

// readSample reads --sample: a map of start and end.
func readSample(written string) (value.Value, error) {
	span, err := parseSample(written)
	if err != nil {
		return nil, err
	}
	d := value.NewDict(2)
	d.SetStr("start", value.Str(eventtime.ISO(span.Start)))
	d.SetStr("end", value.Str(eventtime.ISO(span.End)))
	return d, nil
}

// parseSample reads both forms of --sample: "3 days", up to now, and a map of start
// and end. dbt: SampleType.
func parseSample(written string) (eventtime.Span, error) {
	if !strings.HasPrefix(strings.TrimSpace(written), "{") {
		span, err := eventtime.Before(written, now())
		if err != nil {
			return span, errors.New(runtimeError(err.Error()))
		}
		return span, nil
	}
	d, err := yamlMap(written)
	if err != nil {
		return eventtime.Span{}, err
	}
	var span eventtime.Span
	for i := range d.Len() {
		if key, _ := d.At(i); key != value.Str("start") && key != value.Str("end") {
			return span, fmt.Errorf("%s is no part of a sample: it has start and end", value.Repr(key))
		}
	}
	if span.Start, err = sampleEnd(d, "start"); err != nil {
		return span, err
	}
	span.End, err = sampleEnd(d, "end")
	return span, err
}

func sampleEnd(d *value.Dict, key string) (time.Time, error) {
	v, ok := d.GetStr(key)
	if !ok {
		return time.Time{}, fmt.Errorf("Field \"%s\" of type datetime is missing in SampleWindow instance", key)
	}
	text, ok := v.(value.Str)
	t, valid := eventtime.ParseISO(string(text))
	if !ok || !valid {
		return t, fmt.Errorf("Field \"%s\" of type datetime in SampleWindow has invalid value %s: write a time in quotes, such as '2024-09-17'", key, value.Repr(v))
	}
	return eventtime.Wall(t), nil
}

func (s *settings) sample() *eventtime.Span {
	written, ok := s.given["sample"]
	if !ok {
		return nil
	}
	span, err := parseSample(written)
	if err != nil {
		return nil // checked
	}
	return &span
}

func (s *settings) eventTime() *eventtime.Span {
	from, err := eventtime.ParseFlag(s.text("event-time-start", ""))
	if err != nil {
		return nil // not set; what is set has been checked
	}
	until, err := eventtime.ParseFlag(s.text("event-time-end", ""))
	if err != nil {
		return nil
	}
	return &eventtime.Span{Start: from, End: until}
}

// checkWindow asks for both ends of a window, in their order. dbt:
// Flags._validate_event_time_configs.
func (s *settings) checkWindow() error {
	_, from := s.given["event-time-start"]
	_, until := s.given["event-time-end"]
	missing := func(there, absent string) error {
		return &usageError{fmt.Sprintf("The flag `--%s` was specified, but `--%s` was not. When specifying `--%s`, `--%s` must also be present.", there, absent, there, absent)}
	}
	switch {
	case until && !from:
		return missing("event-time-end", "event-time-start")
	case from && !until:
		return missing("event-time-start", "event-time-end")
	}
	if w := s.eventTime(); w != nil && !w.Start.Before(w.End) {
		return &usageError{"Value for `--event-time-start` must be less than `--event-time-end`"}
	}
	return nil
}
