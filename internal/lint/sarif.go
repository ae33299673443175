package lint

import "encoding/json"

// SARIF gives findings as a SARIF log, which code hosts show beside the lines.
// Source: OASIS, Static Analysis Results Interchange Format 2.1.0.
func SARIF(found []Finding, version string) ([]byte, error) {
	rules := Rules()
	index := map[string]int{}
	driver := sarifDriver{Name: "dex", Version: version}
	for i, r := range rules {
		index[r.Code] = i
		driver.Rules = append(driver.Rules, sarifRule{
			ID: r.Code, Name: r.Name, Short: sarifText{r.Summary}, Help: sarifText{r.hint},
			Default: sarifDefault{level(r.Severity)},
		})
	}
	run := sarifRun{Tool: sarifTool{driver}, Results: []sarifResult{}}
	for i := range found {
		f := &found[i]
		res := sarifResult{
			RuleID: f.Rule, RuleIndex: index[f.Rule], Level: level(f.Severity), Message: sarifText{f.Message + ". " + f.Hint},
			Prints: map[string]string{"dex/v1": f.Fingerprint()}, Properties: map[string]any{"nodes": f.Nodes},
		}
		if f.Pos.File != "" {
			p := sarifPhysical{Artifact: sarifArtifact{f.Pos.File}}
			if f.Pos.Line > 0 {
				p.Region = &sarifRegion{f.Pos.Line, max(1, f.Pos.Col)}
			}
			res.Locations = []sarifLocation{{p}}
		}
		run.Results = append(run.Results, res)
	}
	return json.MarshalIndent(sarifLog{
		Schema: "https://json.schemastore.org/sarif-2.1.0.json", Version: "2.1.0", Runs: []sarifRun{run},
	}, "", "  ")
}

func level(s Severity) string {
	if s == Off {
		return "none"
	}
	return string(s)
}

type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool    sarifTool     `json:"tool"`
		Results []sarifResult `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name    string      `json:"name"`
		Version string      `json:"version,omitempty"`
		Rules   []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID      string       `json:"id"`
		Name    string       `json:"name"`
		Short   sarifText    `json:"shortDescription"`
		Help    sarifText    `json:"help"`
		Default sarifDefault `json:"defaultConfiguration"`
	}
	sarifDefault struct {
		Level string `json:"level"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifResult struct {
		RuleID     string            `json:"ruleId"`
		RuleIndex  int               `json:"ruleIndex"`
		Level      string            `json:"level"`
		Message    sarifText         `json:"message"`
		Locations  []sarifLocation   `json:"locations,omitempty"`
		Prints     map[string]string `json:"partialFingerprints"`
		Properties map[string]any    `json:"properties"`
	}
	sarifLocation struct {
		Physical sarifPhysical `json:"physicalLocation"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   *sarifRegion  `json:"region,omitempty"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		Line int `json:"startLine"`
		Col  int `json:"startColumn"`
	}
)
