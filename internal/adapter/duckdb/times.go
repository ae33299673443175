package duckdb

import (
	"context"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/duckdb/duckdb-go/v2/mapping"

	"dex/internal/jinja/value"
)

const (
	day        = 24 * time.Hour
	dayMicros  = int64(day / time.Microsecond)
	infinity32 = math.MaxInt32 // DuckDB's infinite dates are this and its negative
	infinity64 = math.MaxInt64
)

// interval is DuckDB's INTERVAL.
type interval struct {
	months, days int32
	micros       int64
}

// zone gives the session's time zone for a result that has a TIMESTAMP WITH TIME
// ZONE in it, and nil for others, which need no further query.
func (s *session) zone(ctx context.Context, lt mapping.LogicalType) (*time.Location, error) {
	if !hasZone(lt) {
		return nil, nil
	}
	_, tab, err := s.statements(ctx, "select current_setting('TimeZone')", nil, true, 1)
	if err != nil {
		return nil, err
	}
	name := text(tab.Rows[0][0])
	loc, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("the session's time zone %q is not known here: %w", name, err)
	}
	return loc, nil
}

// hasZone looks for TIMESTAMP WITH TIME ZONE in a type and in what it is made of.
func hasZone(lt mapping.LogicalType) bool {
	kid := func(k mapping.LogicalType) bool {
		defer mapping.DestroyLogicalType(&k)
		return hasZone(k)
	}
	switch mapping.GetTypeId(lt) {
	case mapping.TypeTimestampTZ:
		return true
	case mapping.TypeList:
		return kid(mapping.ListTypeChildType(lt))
	case mapping.TypeArray:
		return kid(mapping.ArrayTypeChildType(lt))
	case mapping.TypeMap:
		return kid(mapping.MapTypeKeyType(lt)) || kid(mapping.MapTypeValueType(lt))
	case mapping.TypeStruct:
		for i := range mapping.StructTypeChildCount(lt) {
			if kid(mapping.StructTypeChildType(lt, i)) {
				return true
			}
		}
	case mapping.TypeUnion:
		for i := range mapping.UnionTypeMemberCount(lt) {
			if kid(mapping.UnionTypeMemberType(lt, i)) {
				return true
			}
		}
	}
	return false
}
