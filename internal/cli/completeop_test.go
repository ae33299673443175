package cli

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"dex/internal/jinja/value"
	"dex/internal/operation"
)

func TestCompleteParam(t *testing.T) {
	op := operation.New()
	op.ID, op.Package, op.Name = "script.shop.grant", "shop", "grant"
	op.Params = []*operation.Param{
		{Name: "level", Type: operation.String, Enum: []value.Value{value.Str("read"), value.Str("write")}},
		{Name: "live", Type: operation.Boolean},
		{Name: "token", Type: operation.Secret, Enum: []value.Value{value.Str("hidden")}},
	}
	set, faults := operation.NewSet("shop", []*operation.Operation{op})
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	for _, c := range []struct {
		name, word string
		want       []string
	}{
		{"grant", "", []string{"level=\ta text, one of read, write", "live=\ttrue or false", "token=\ta secret text, one of hidden"}},
		{"shop.grant", "li", []string{"live=\ttrue or false"}},
		{"grant", "level=", []string{"level=read", "level=write"}},
		{"grant", "level=w", []string{"level=write"}},
		{"grant", "live=", []string{"live=true", "live=false"}},
		{"grant", "token=", nil},
		{"grant", "nothing=", nil},
		{"absent", "", nil},
	} {
		got, _ := completeParam(set, "shop", c.name, c.word)
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s %q (-want +got):\n%s", c.name, c.word, d)
		}
	}
}

func TestParamsAreNotLogged(t *testing.T) {
	got := withoutParams([]string{"operation", "run", "x", "--param", "a=canary", "--param=b=canary=2", "-p", "c=canary", "--params", "{a: canary}", "--params={b: canary}", "--param", "canaryless", "-pd=canary", "-yp", "e=canary", "-yp=f=canary", "-spath:p=x", "--target", "prod"})
	want := []string{"operation", "run", "x", "--param", "a=*****", "--param=b=*****", "-p", "c=*****", "--params", "*****", "--params=*****", "--param", "*****", "-pd=*****", "-yp", "e=*****", "-ypf=*****", "-spath:p=x", "--target", "prod"}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}
