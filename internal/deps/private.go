package deps

import (
	"encoding/json"
	"fmt"
	"strings"
)

// privateAddress is the address of a repository that an entry names by its
// organisation: over SSH, with the keys of whoever runs dex. dbt: in its hosted
// service the addresses come from a variable, whose form is its own affair.
func (in *installer) privateAddress(name, provider string) (string, error) {
	const variable = "DBT_ENV_PRIVATE_GIT_PROVIDER_INFO"
	if v, ok := in.o.Env(variable); ok && v != "" {
		var providers []json.RawMessage
		if err := json.Unmarshal([]byte(v), &providers); err != nil || len(providers) > 0 {
			return "", &hintedError{fmt.Sprintf("dex does not read %s, which names where private packages lie", variable),
				"Name the repository with `git:`, or unset the variable: the package is then fetched over SSH."}
		}
	}
	switch provider {
	case "", "github":
		return "git@github.com:" + name + ".git", nil
	case "gitlab":
		return "git@gitlab.com:" + name + ".git", nil
	case "ado", "azure_devops":
		if strings.Count(name, "/") < 2 {
			return "", fmt.Errorf("The '%s' provider requires org/project/repo format (3 parts), got: '%s'", provider, name) //nolint:staticcheck // dbt's words
		}
		return "git@ssh.dev.azure.com:v3/" + name, nil
	}
	return "", fmt.Errorf("Invalid private package configuration: '%s' provider: '%s'. Valid providers are: github, gitlab, ado, azure_devops", name, provider) //nolint:staticcheck // dbt's words
}
