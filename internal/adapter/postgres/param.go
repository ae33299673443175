package postgres

import (
	"encoding/hex"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgproto3"

	"dex/internal/jinja/pylib"
	"dex/internal/jinja/value"
	"dex/internal/sqltext"
)

// withArgs makes a request with values beside the text. PostgreSQL: "Extended Query".
func withArgs(sql string, args []value.Arg) (request, error) {
	text, order, err := numbered(sql, args)
	if err != nil {
		return request{}, err
	}
	oids, texts := make([]uint32, len(order)), make([][]byte, len(order))
	for i, at := range order {
		if oids[i], texts[i], err = param(args[at].Value); err != nil {
			return request{}, fmt.Errorf("value %s: %w", argName(args, at), err)
		}
	}
	return request{sql, text, func(f *pgproto3.Frontend) {
		f.SendParse(&pgproto3.Parse{Query: text, ParameterOIDs: oids})
		f.SendBind(&pgproto3.Bind{Parameters: texts})
		f.SendDescribe(&pgproto3.Describe{ObjectType: 'P'})
		f.SendExecute(&pgproto3.Execute{})
		f.SendSync(&pgproto3.Sync{})
	}}, nil
}

func argName(args []value.Arg, i int) string {
	if args[i].Name != "" {
		return args[i].Name
	}
	return strconv.Itoa(i + 1)
}

// numbered writes $1, $2 for the placeholders of a text, and says which argument each
// number is. Arguments with names stand for $name; those without for ? in order, and
// ?? is then the operator ? of Postgres.
func numbered(sql string, args []value.Arg) (string, []int, error) {
	p := placeholders{sql: sql, args: args, numbers: map[int]int{}}
	scan := sqltext.Scanner{D: sqltext.Postgres}
	scan.Feed(sql, func(u sqltext.Unit) {
		switch {
		case u.Start < p.from:
		case args[0].Name != "":
			p.named(u)
		case u.Kind == sqltext.Sign && sql[u.Start] == '?':
			p.positional(u)
		}
	})
	if p.err != nil {
		return "", nil, p.err
	}
	p.b.WriteString(sql[p.from:])
	for i, a := range args {
		if _, used := p.numbers[i]; !used && a.Name != "" {
			return "", nil, fmt.Errorf("the statement has no placeholder $%s", a.Name)
		}
	}
	if args[0].Name == "" && p.next != len(args) {
		return "", nil, fmt.Errorf("the statement has %s (?), and %d values are given", countOf(p.next, "placeholder"), len(args))
	}
	return p.b.String(), p.order, nil
}

func countOf(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return strconv.Itoa(n) + " " + what
}

type placeholders struct {
	sql     string
	args    []value.Arg
	b       strings.Builder
	from    int // what stands before is written
	next    int // argument of the next ?
	numbers map[int]int
	order   []int
	err     error
}

// put writes the number of an argument in place of a stretch of the text.
func (p *placeholders) put(arg, start, end int) {
	n, ok := p.numbers[arg]
	if !ok {
		p.order = append(p.order, arg)
		n = len(p.order)
		p.numbers[arg] = n
	}
	fmt.Fprintf(&p.b, "%s$%d", p.sql[p.from:start], n)
	if end < len(p.sql) && sqltext.IdentByte(p.sql[end]) {
		p.b.WriteByte(' ') // $1and
	}
	p.from = end
}

func (p *placeholders) positional(u sqltext.Unit) {
	if strings.HasPrefix(p.sql[u.Start:], "??") {
		p.b.WriteString(p.sql[p.from:u.End])
		p.from = u.End + 1
		return
	}
	if p.next < len(p.args) {
		p.put(p.next, u.Start, u.End)
	}
	p.next++
}

// named finds $name where a dollar sign stands outside of names and literals.
func (p *placeholders) named(u sqltext.Unit) {
	if u.Kind != sqltext.Sign || p.sql[u.Start] != '$' {
		return
	}
	end := u.End
	for end < len(p.sql) && sqltext.IdentByte(p.sql[end]) && p.sql[end] != '$' {
		end++
	}
	name := p.sql[u.End:end]
	if name == "" {
		return
	}
	for i, a := range p.args {
		if a.Name == name {
			p.put(i, u.Start, end)
			return
		}
	}
	if p.err == nil {
		p.err = fmt.Errorf("the placeholder $%s has no value", name)
	}
}

// The types of parameters. 0 leaves it to the server, which takes a text for whatever
// its place demands.
const (
	oidUnknown, oidBool, oidBytea, oidInt8, oidInt4, oidFloat8 = 0, 16, 17, 20, 23, 701
	oidDate, oidTime, oidTimestamp, oidTimestamptz             = 1082, 1083, 1114, 1184
	oidInterval, oidTimetz, oidNumeric, oidJSONB               = 1186, 1266, 1700, 3802
)

// arrayTypes are the types of arrays by their items' type.
var arrayTypes = map[uint32]uint32{
	oidUnknown: 1009, oidBool: 1000, oidBytea: 1001, oidInt8: 1016, oidInt4: 1007, oidFloat8: 1022, oidDate: 1182, oidTime: 1183,
	oidTimestamp: 1115, oidTimestamptz: 1185, oidInterval: 1187, oidTimetz: 1270, oidNumeric: 1231, oidJSONB: 3807,
}

// param is a value's type and text. NULL has no text.
func param(v value.Value) (uint32, []byte, error) {
	switch v := v.(type) {
	case value.NoneType:
		return oidUnknown, nil, nil
	case value.Bool:
		return oidBool, strconv.AppendBool(nil, bool(v)), nil
	case value.Int:
		oid := uint32(oidInt8)
		if v >= math.MinInt32 && v <= math.MaxInt32 {
			oid = oidInt4 // which functions of integer take, and those of bigint too
		}
		return oid, strconv.AppendInt(nil, int64(v), 10), nil
	case *value.BigInt:
		return oidNumeric, []byte(v.I.String()), nil
	case value.Float:
		return oidFloat8, []byte(value.ToStr(v)), nil
	case *value.Decimal:
		return oidNumeric, []byte(value.ToStr(v)), nil
	case value.Str:
		if strings.IndexByte(string(v), 0) >= 0 {
			return 0, nil, fmt.Errorf("a text with a NUL character (0x00) is none for Postgres")
		}
		return oidUnknown, []byte(v), nil
	case value.Bytes:
		return oidBytea, []byte(`\x` + hex.EncodeToString([]byte(v))), nil
	case *value.List:
		return arrayParam(v.Elems)
	case *value.Tuple:
		return arrayParam(v.Elems)
	case *value.Dict:
		b, err := value.AppendJSON(nil, v, value.JSONOptions{})
		return oidJSONB, b, err
	}
	return timeParam(v)
}

func timeParam(v value.Value) (uint32, []byte, error) {
	text := []byte(value.ToStr(v))
	switch v := v.(type) {
	case *pylib.Date:
		return oidDate, text, nil
	case *pylib.DateTime:
		if _, aware := v.GoTime(); aware {
			return oidTimestamptz, text, nil
		}
		return oidTimestamp, text, nil
	case *pylib.Time:
		if zone, ok := v.Attr("tzinfo"); ok && zone != value.None {
			return oidTimetz, text, nil
		}
		return oidTime, text, nil
	case *pylib.TimeDelta:
		return oidInterval, []byte(intervalText(v)), nil
	}
	return 0, nil, fmt.Errorf("a value of type %s cannot be sent to the database", v.Type())
}

// arrayParam writes a list as an array, whose type is that of its items.
func arrayParam(elems []value.Value) (uint32, []byte, error) {
	item, known := uint32(oidUnknown), false
	b := []byte{'{'}
	for i, e := range elems {
		if i > 0 {
			b = append(b, ',')
		}
		oid, text, err := param(e)
		switch {
		case err != nil:
			return 0, nil, err
		case text == nil:
			b = append(b, "NULL"...)
			continue
		case !known:
			item, known = oid, true
		case item == oidInt4 && oid == oidInt8:
			item = oidInt8
		case item == oidInt8 && oid == oidInt4:
		case item != oid:
			return 0, nil, fmt.Errorf("a list holds values of one type, and this one holds %s and others", e.Type())
		}
		if nested(e) {
			b = append(b, text...)
			continue
		}
		b = append(b, '"')
		b = append(b, strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(string(text))...)
		b = append(b, '"')
	}
	oid, ok := arrayTypes[item]
	if !ok {
		oid = item // a list of lists has its items' type: Postgres has one for all dimensions
	}
	if len(elems) == 0 {
		oid = oidUnknown
	}
	return oid, append(b, '}'), nil
}

func nested(v value.Value) bool {
	switch v.(type) {
	case *value.List, *value.Tuple:
		return true
	}
	return false
}
