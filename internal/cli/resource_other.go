//go:build !unix

package cli

import "dex/internal/event"

// resources has no figures here. dbt: none where Python has no module resource.
func resources() (event.Resources, bool) { return event.Resources{}, false }
