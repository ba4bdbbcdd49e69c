// Package sarama has as much of Kafka's client as Jaeger names, and never makes one.
package sarama

import (
	"crypto/tls"
	"errors"
	"time"
)

// RequiredAcks and the others are what Jaeger's flags choose from.
type (
	RequiredAcks     int16
	CompressionCodec int8
	KafkaVersion     struct{}
)

const (
	NoResponse RequiredAcks = iota
	WaitForLocal
	WaitForAll
)

const (
	CompressionNone CompressionCodec = iota
	CompressionGZIP
	CompressionSnappy
	CompressionLZ4
	CompressionZSTD
)

const (
	KRB5_USER_AUTH = iota
	KRB5_KEYTAB_AUTH
)

const (
	SASLTypePlaintext   = "PLAIN"
	SASLTypeSCRAMSHA256 = "SCRAM-SHA-256"
	SASLTypeSCRAMSHA512 = "SCRAM-SHA-512"
	SASLTypeGSSAPI      = "GSSAPI"
)

// SCRAMClient is what Jaeger brings.
type SCRAMClient interface {
	Begin(userName, password, authzID string) error
	Step(challenge string) (string, error)
	Done() bool
}

// Config has the fields that Jaeger sets.
type Config struct {
	Version KafkaVersion
	Net     struct {
		TLS struct {
			Enable bool
			Config *tls.Config
		}
		SASL struct {
			Enable                   bool
			Mechanism                string
			User, Password           string
			SCRAMClientGeneratorFunc func() SCRAMClient
			GSSAPI                   struct {
				AuthType                                                               int
				KeyTabPath, KerberosConfigPath, ServiceName, Username, Password, Realm string
				DisablePAFXFAST                                                        bool
			}
		}
	}
	Producer struct {
		RequiredAcks     RequiredAcks
		Compression      CompressionCodec
		CompressionLevel int
		MaxMessageBytes  int
		Return           struct{ Successes bool }
		Flush            struct {
			Bytes, Messages, MaxMessages int
			Frequency                    time.Duration
		}
	}
}

type (
	StringEncoder string
	ByteEncoder   []byte
)

// ProducerMessage has the fields that Jaeger sets.
type ProducerMessage struct {
	Topic      string
	Key, Value any
}

// ProducerError has the field that Jaeger reads.
type ProducerError struct{ Err error }

// AsyncProducer has what Jaeger calls.
type AsyncProducer interface {
	Input() chan<- *ProducerMessage
	Successes() <-chan *ProducerMessage
	Errors() <-chan *ProducerError
	Close() error
}

var errWithout = errors.New("this Jaeger was built without Kafka's client")

func NewConfig() *Config { return &Config{} }

func ParseKafkaVersion(string) (KafkaVersion, error) { return KafkaVersion{}, errWithout }

// NewAsyncProducer always fails.
func NewAsyncProducer([]string, *Config) (AsyncProducer, error) { return nil, errWithout }
