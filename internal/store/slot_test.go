package store

import (
	"context"
	"errors"
	"testing"
)

func TestTakeSlot(t *testing.T) {
	dir := t.TempDir()
	take := func(ctx context.Context, key string, waiting func()) (func(), error) {
		return TakeSlot(ctx, dir, key, 2, waiting)
	}
	ctx := context.Background()
	first, err := take(ctx, "a", nil)
	if err != nil {
		t.Fatal(err)
	}
	second, err := take(ctx, "a", nil)
	if err != nil {
		t.Fatal(err)
	}
	other, err := take(ctx, "b", nil)
	if err != nil {
		t.Fatal(err)
	}
	other()

	// A third of one key waits until one of the two has ended.
	waits, got := make(chan bool), make(chan func())
	go func() {
		release, err := take(ctx, "a", func() { waits <- true })
		if err != nil {
			t.Error(err)
		}
		got <- release
	}()
	<-waits
	first()
	third := <-got
	// A fourth is given up.
	gone, cancel := context.WithCancel(ctx)
	if _, err := take(gone, "a", cancel); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	second()
	third()
}
