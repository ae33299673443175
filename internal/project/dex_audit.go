package project

import (
	"dex/internal/audit"
	"dex/internal/yamldoc"
)

// readAudit reads the section audit: what is recorded, and where beside the store.
func readAudit(d *Dex, top *yamldoc.Mapping) {
	if m := top.Child("audit", "audit"); m != nil {
		d.Audit = audit.Read(m)
	}
}
