// Reads a layer with Go's gzip, or klauspost's zstd, which engines in Go read with. In: gzip or zstd, a file. Out: the SHA-256 of the archive, and
// its bytes.
package main

import (
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"io"
	"os"

	"github.com/klauspost/compress/zstd"
)

func main() {
	file, err := os.Open(os.Args[2])
	check(err)
	var reader io.Reader
	if os.Args[1] == "zstd" {
		decoder, err := zstd.NewReader(file)
		check(err)
		reader = decoder
	} else {
		reader, err = gzip.NewReader(file)
		check(err)
	}
	hash := sha256.New()
	size, err := io.Copy(hash, reader)
	check(err)
	fmt.Printf("%x %d\n", hash.Sum(nil), size)
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
