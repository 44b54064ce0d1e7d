package main

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
)

// writeKubeconfig writes a kubeconfig that stands on its own: the certificates are inside, so that it can be copied. It
// never touches ~/.kube/config.
func writeKubeconfig(path, name, server, pki string) error {
	var embedded [3]string
	for i, file := range []string{"ca.crt", "admin.crt", "admin.key"} {
		data, err := os.ReadFile(filepath.Join(pki, file))
		if err != nil {
			return err
		}
		embedded[i] = base64.StdEncoding.EncodeToString(data)
	}
	text := fmt.Sprintf(`apiVersion: v1
kind: Config
clusters:
- name: %[1]s
  cluster:
    server: %[2]s
    certificate-authority-data: %[3]s
users:
- name: %[1]s-admin
  user:
    client-certificate-data: %[4]s
    client-key-data: %[5]s
contexts:
- name: %[1]s
  context:
    cluster: %[1]s
    user: %[1]s-admin
current-context: %[1]s
`, name, server, embedded[0], embedded[1], embedded[2])
	return os.WriteFile(path, []byte(text), 0o600)
}
