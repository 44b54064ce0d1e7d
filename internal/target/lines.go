package target

import (
	"fmt"
	"strings"

	yaml3 "go.yaml.in/yaml/v3"
)

// lookup finds the tree of a path like spec.containers[0].name, as deep as the tree goes.
func lookup(node *yaml3.Node, path string) *yaml3.Node {
	found := node
	for _, step := range strings.FieldsFunc(path, func(r rune) bool { return r == '.' || r == '[' }) {
		if name, isIndex := strings.CutSuffix(step, "]"); isIndex {
			var i int
			if _, err := fmt.Sscan(name, &i); err != nil || i < 0 || i >= len(node.Content) {
				return found
			}
			node = node.Content[i]
			found = node
			continue
		}
		key, value := entry(node, step)
		if key == nil {
			return found
		}
		node, found = value, key
	}
	return found
}

// entry finds a key of a mapping and its value.
func entry(node *yaml3.Node, name string) (key, value *yaml3.Node) {
	if node == nil || node.Kind != yaml3.MappingNode {
		return nil, nil
	}
	for i := 0; i+1 < len(node.Content); i += 2 {
		if node.Content[i].Value == name {
			return node.Content[i], node.Content[i+1]
		}
	}
	return nil, nil
}

func child(node *yaml3.Node, name string) *yaml3.Node {
	_, value := entry(node, name)
	return value
}
