// A scanner as BuildKit's SBOM attestations want one: started in a container of its own, it reads the folder that
// BUILDKIT_SCAN_SOURCE names and writes an in-toto statement with an SPDX document into BUILDKIT_SCAN_DESTINATION.
package main

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io/fs"
	"log"
	"os"
	"path/filepath"
)

type object = map[string]any

func file(path string, number int) (object, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	sum := object{"algorithm": "SHA256", "checksumValue": fmt.Sprintf("%x", sha256.Sum256(data))}
	return object{"SPDXID": fmt.Sprintf("SPDXRef-File-%d", number), "checksums": []object{sum}}, nil
}

func files(root string) ([]object, error) {
	found := []object{}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		row, err := file(path, len(found))
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		row["fileName"] = "/" + name
		found = append(found, row)
		return err
	})
	return found, err
}

func main() {
	found, err := files(os.Getenv("BUILDKIT_SCAN_SOURCE"))
	if err != nil {
		log.Fatal(err)
	}
	document := object{
		"SPDXID": "SPDXRef-DOCUMENT", "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "name": "scanned",
		"documentNamespace": "https://ecrmock.test/scanned", "files": found,
		"creationInfo": object{"created": "2026-01-01T00:00:00Z", "creators": []string{"Tool: ecrmock-tests"}},
	}
	statement := object{
		"_type": "https://in-toto.io/Statement/v0.1", "predicateType": "https://spdx.dev/Document", "predicate": document,
	}
	text, err := json.Marshal(statement)
	if err == nil {
		err = os.WriteFile(filepath.Join(os.Getenv("BUILDKIT_SCAN_DESTINATION"), "scanned.spdx.json"), text, 0o644)
	}
	if err != nil {
		log.Fatal(err)
	}
}
