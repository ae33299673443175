package pylib

import "dex/internal/jinja/value"

func reModule() *value.Dict        { return value.NewDict(0) }
func itertoolsModule() *value.Dict { return value.NewDict(0) }
