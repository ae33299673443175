package audit

import (
	"context"
	"encoding/json"
	"fmt"

	"dex/internal/store"
)

// Report is what Verify found.
type Report struct {
	Records int64 // that were looked at
	Head    store.Head
	// Kept is the number of the record whose hash was kept elsewhere; 0 where none was
	// given, or none has it.
	Kept  int64
	Break *Break // nil: the chain is whole
}

// Fault is what is wrong with a chain.
type Fault string

// The faults.
const (
	Changed   Fault = "changed"   // a record is not what its hash says
	Removed   Fault = "removed"   // numbers are missing
	Moved     Fault = "moved"     // a record stands under another number than it was written with
	Unlinked  Fault = "unlinked"  // a record follows another one than stands before it
	Truncated Fault = "truncated" // the end is missing
	Appended  Fault = "appended"  // records stand behind the head mark
	Headless  Fault = "headless"  // the head mark is gone, or names another record
	Rewritten Fault = "rewritten" // the hash that was kept elsewhere is none of the chain's
)

// Break is the first broken record of a chain.
type Break struct {
	Seq   int64 // the record's number; of missing ones the first
	Fault Fault
	Says  string // all of it in words
}

// verifier goes through a chain.
type verifier struct {
	chain store.Chain
	kept  string
	rep   Report
	prev  string
}

// Verify goes through the whole chain and names the first record that is broken. kept
// is a hash of an earlier head that was kept elsewhere, "" for none. The error is
// about a store that cannot be read.
func Verify(ctx context.Context, chain store.Chain, kept string) (Report, error) {
	v := &verifier{chain: chain, kept: kept}
	if err := v.records(ctx); err != nil || v.rep.Break != nil {
		return v.rep, err
	}
	if kept != "" && v.rep.Kept == 0 {
		v.broken(v.rep.Records, Rewritten, "no record has the hash %s that was kept elsewhere: the chain was written anew, or cut off before that record", kept)
	}
	return v.rep, nil
}

const page = 1000

// records looks at each record in turn, and then at the end. The head is read behind
// the records: what another process appends meanwhile is read as well.
func (v *verifier) records(ctx context.Context) error {
	for again := false; ; {
		from := v.rep.Records + 1
		if from == 1 {
			from = -1 << 63 // numbers below 1 are no records
		}
		found, err := v.chain.Records(ctx, from, page)
		if err != nil {
			return err
		}
		for _, r := range found {
			if v.record(ctx, r); v.rep.Break != nil {
				return nil
			}
		}
		if len(found) > 0 {
			again = false
			continue
		}
		if v.rep.Head, err = v.chain.Head(ctx); err != nil {
			return err
		}
		if v.rep.Head.Seq > v.rep.Records && !again {
			again = true // somebody has appended between the two, or the end is missing
			continue
		}
		v.end()
		return nil
	}
}

// record holds one record against its own hash and the one before it.
func (v *verifier) record(ctx context.Context, r store.Record) {
	want := v.rep.Records + 1
	switch {
	case r.Seq < want:
		v.broken(r.Seq, Appended, "record %d was put in: the first record is number 1", r.Seq)
		return
	case r.Seq == want+1:
		v.broken(want, Removed, "record %d is missing", want)
		return
	case r.Seq > want:
		v.broken(want, Removed, "records %d to %d are missing", want, r.Seq-1)
		return
	}
	switch {
	case Hash(r) != r.Hash:
		v.changed(ctx, r)
	case !json.Valid(r.Body):
		v.broken(r.Seq, Changed, "record %d was changed: its body is no JSON", r.Seq)
	case r.Prev != v.prev && r.Seq == 1:
		v.broken(1, Removed, "record 1 names a record before it: the beginning of the chain is missing")
	case r.Prev != v.prev:
		v.broken(r.Seq, Unlinked, "record %d follows another record than number %d: that one was put in its place, or records between the two were removed or put in", r.Seq, r.Seq-1)
	default:
		v.rep.Records, v.prev = r.Seq, r.Hash
		if r.Hash == v.kept {
			v.rep.Kept = r.Seq
		}
	}
}

// changed tells a record that was moved from one that was changed: a moved one gives
// its hash under the number that it was written with.
func (v *verifier) changed(ctx context.Context, r store.Record) {
	last := r.Seq + page
	if head, err := v.chain.Head(ctx); err == nil {
		last = max(last, head.Seq)
	}
	moved := r
	for moved.Seq = 1; moved.Seq <= last; moved.Seq++ {
		if Hash(moved) == r.Hash {
			v.broken(r.Seq, Moved, "record %d was moved: it was written as record %d", r.Seq, moved.Seq)
			return
		}
	}
	v.broken(r.Seq, Changed, "record %d was changed: it does not give the hash that it was written with", r.Seq)
}

// end holds the last record against the head mark.
func (v *verifier) end() {
	head, last := v.rep.Head, v.rep.Records
	switch {
	case head.Seq == 0 && last > 0:
		v.broken(last, Headless, "the mark of the chain's end is gone: behind record %d there may have been others", last)
	case head.Seq == last+1:
		v.broken(last+1, Truncated, "record %d, the last one, is missing", head.Seq)
	case head.Seq > last:
		v.broken(last+1, Truncated, "records %d to %d, the end of the chain, are missing", last+1, head.Seq)
	case head.Seq < last:
		v.broken(head.Seq+1, Appended, "record %d was put in behind the end of the chain", head.Seq+1)
	case head.Hash != v.prev:
		v.broken(last, Headless, "the mark of the chain's end names another record %d: the chain, or the mark, was written anew", last)
	}
}

func (v *verifier) broken(seq int64, f Fault, says string, args ...any) {
	v.rep.Break = &Break{Seq: seq, Fault: f, Says: fmt.Sprintf(says, args...)}
}
