// Package schema holds what the program prints against the schemas in docs/schemas.
package schema

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Check validates each JSON value in data against a schema, a file's name in docs/schemas such as "watch.json", and wants
// at least one. It is stricter than what is published: a field that the schema does not name is an error, so that no field
// stays without its description. Readers must expect new ones.
func Check(file string, data []byte) error {
	folder, err := schemas()
	if err != nil {
		return err
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	compiler.UseLoader(strict{folder})
	schema, err := compiler.Compile(base + file)
	if err != nil {
		return err
	}
	values := 0
	for decoder := json.NewDecoder(bytes.NewReader(data)); ; values++ {
		var raw json.RawMessage
		if err := decoder.Decode(&raw); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return fmt.Errorf("value %d: %w", values+1, err)
		}
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
		if err != nil {
			return err
		}
		if err := schema.Validate(value); err != nil {
			return fmt.Errorf("value %d: %w\n%s", values+1, err, raw)
		}
	}
	if values == 0 {
		return errors.New("there is nothing to validate")
	}
	return nil
}

// base is what the schemas' $id begin with.
const base = "https://raw.githubusercontent.com/kubectl-jobx/kubectl-jobx/main/docs/schemas/"

// schemas is docs/schemas of the repository that the test runs in.
func schemas() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for ; ; dir = filepath.Dir(dir) {
		folder := filepath.Join(dir, "docs", "schemas")
		if _, err := os.Stat(folder); err == nil {
			return folder, nil
		}
		if dir == filepath.Dir(dir) {
			return "", errors.New("docs/schemas is not above the working directory")
		}
	}
}

// strict loads schemas from a folder, and closes every object that lists its properties.
type strict struct{ folder string }

func (s strict) Load(url string) (any, error) {
	text, err := os.ReadFile(filepath.Join(s.folder, filepath.Base(url)))
	if err != nil {
		return nil, err
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	if id := value.(map[string]any)["$id"]; id != url {
		return nil, fmt.Errorf("%s has the $id %v", url, id)
	}
	return closed(value), nil
}

func closed(value any) any {
	switch v := value.(type) {
	case map[string]any:
		for key, inner := range v {
			v[key] = closed(inner)
		}
		_, lists := v["properties"].(map[string]any)
		if _, decided := v["additionalProperties"]; lists && !decided && v["type"] == "object" {
			v["additionalProperties"] = false
		}
	case []any:
		for i := range v {
			v[i] = closed(v[i])
		}
	}
	return value
}
