package pylib

import (
	"math/big"
	"time"
)

// TimeInZone returns what t's own clock shows, with t's offset from UTC as a
// datetime.timezone.
func TimeInZone(t time.Time) *Time {
	_, offset := t.Zone()
	if offset == 0 {
		return &Time{sinceMidnight: clockOf(wall(t)), tz: isoUTC}
	}
	return &Time{sinceMidnight: clockOf(wall(t)), tz: &timezone{offset: TimeDelta{}.plusSeconds(offset)}}
}

// TimeDeltaOf returns a span of days and microseconds, which a Duration may be
// too short for. Beyond Python's range it is an OverflowError.
func TimeDeltaOf(days, micros int64) (*TimeDelta, error) {
	n := big.NewInt(days)
	n.Mul(n, big.NewInt(microsPerDay))
	return deltaOfMicros(n.Add(n, big.NewInt(micros)))
}
