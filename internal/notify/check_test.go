package notify

import (
	"errors"
	"strings"
	"testing"
)

// A channel that is not there is told with the one that was meant.
func TestCheckChannel(t *testing.T) {
	o := &Outbox{Config: &Config{Channels: []*Channel{{Name: "oncall"}, {Name: "team"}}}}
	if err := o.Check("oncall"); err != nil {
		t.Error(err)
	}
	for _, tt := range []struct {
		o    *Outbox
		want string
	}{{o, "Did you mean 'oncall'? Channels of dex.yml: oncall, team."}, {&Outbox{}, "dex.yml has no channels"}} {
		var unknown *UnknownChannelError
		if err := tt.o.Check("oncal"); !errors.As(err, &unknown) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%v, want %s", err, tt.want)
		}
	}
}
