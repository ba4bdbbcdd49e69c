// Takes the place of what reads a TLS key that a TPM keeps, and with it TPMs' whole protocol: keys are files here.
module github.com/foxboron/go-tpm-keyfiles

go 1.24

require github.com/google/go-tpm v0.9.8
