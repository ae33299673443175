package pylib

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"dex/internal/jinja/value"
)

// replay runs the expressions that a script in testdata recorded.
func replay(t *testing.T, file string, known func(src, got, want string) bool) {
	t.Helper()
	raw, err := os.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	var cases [][2]string
	if err := json.Unmarshal(raw, &cases); err != nil {
		t.Fatal(err)
	}
	e := newEvaluator()
	failed := 0
	for _, c := range cases {
		if got := e.eval(t, c[0]); got != c[1] && (known == nil || !known(c[0], got, c[1])) {
			if failed++; failed <= 40 {
				t.Errorf("%s\n got %s\nwant %s", c[0], got, c[1])
			}
		}
	}
	t.Logf("%d of %d expressions differ", failed, len(cases))
}

func TestFromTime(t *testing.T) {
	at := time.Date(2024, 7, 4, 12, 30, 0, 5000999, time.UTC)
	newYork, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		got  value.Value
		want string
	}{
		{FromTime(at), "datetime.datetime(2024, 7, 4, 12, 30, 0, 5000, tzinfo=<UTC>)"},
		{FromTime(at.In(newYork)), "datetime.datetime(2024, 7, 4, 8, 30, 0, 5000, tzinfo=<DstTzInfo 'America/New_York' EDT-1 day, 20:00:00 DST>)"},
		{FromTime(at.In(time.FixedZone("", 3600))), "datetime.datetime(2024, 7, 4, 13, 30, 0, 5000, tzinfo=datetime.timezone(datetime.timedelta(seconds=3600)))"},
		{FixedFromTime(at), "datetime.datetime(2024, 7, 4, 12, 30, 0, 5000, tzinfo=datetime.timezone.utc)"},
		{NaiveFromTime(at), "datetime.datetime(2024, 7, 4, 12, 30, 0, 5000)"},
		{DateFromTime(at), "datetime.date(2024, 7, 4)"},
		{TimeFromTime(at), "datetime.time(12, 30, 0, 5000)"},
		{NewTimeDelta(36 * time.Hour), "datetime.timedelta(days=1, seconds=43200)"},
	} {
		if got := value.Repr(c.got); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
	back, aware := FromTime(at.In(newYork)).GoTime()
	if !aware || !back.Equal(at.Truncate(time.Microsecond)) {
		t.Errorf("GoTime gave %v, %v", back, aware)
	}
}

// The clock of the modules is the one in their options.
func TestClock(t *testing.T) {
	e := newEvaluator()
	for src, want := range map[string]string{
		"datetime.datetime.now()":                                  "datetime.datetime(2024, 3, 15, 10, 30, 45, 123456)",
		"datetime.datetime.utcnow()":                               "datetime.datetime(2024, 3, 15, 10, 30, 45, 123456)",
		"datetime.date.today()":                                    "datetime.date(2024, 3, 15)",
		"datetime.datetime.now(pytz.timezone('Asia/Tokyo')).hour":  "19",
		"datetime.datetime.now(tz=pytz.utc).isoformat()":           "'2024-03-15T10:30:45.123456+00:00'",
		"datetime.datetime.today() - datetime.timedelta(hours=11)": "datetime.datetime(2024, 3, 14, 23, 30, 45, 123456)",
	} {
		if got := e.eval(t, src); got != want {
			t.Errorf("%s\ngot  %s\nwant %s", src, got, want)
		}
	}
}

func TestRecordedDatetime(t *testing.T) {
	local := time.Local
	time.Local = time.UTC
	defer func() { time.Local = local }()
	replay(t, "datetime.json", func(src, got, want string) bool {
		switch {
		case strings.Contains(src, "|%s"):
			// The C library's mktime takes the flag of another zone's summer time.
			return strings.Contains(src, "US/Eastern")
		case strings.Contains(src, "Africa/Casablanca") && strings.Contains(src, "2050"):
			// The rules of the future differ between two releases of the zone data.
			return true
		case strings.Contains(want, "redefinition of group name"):
			return strings.HasPrefix(want, got)
		}
		return false
	})
}
