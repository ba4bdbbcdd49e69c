// Package sns posts nothing: a session, which a client takes, is never made.
package sns

import (
	"errors"

	"github.com/aws/aws-sdk-go/aws"
	"github.com/aws/aws-sdk-go/aws/session"
)

// SNS is never used.
type SNS struct{}

// MessageAttributeValue has the fields that Alertmanager sets.
type MessageAttributeValue struct{ DataType, StringValue *string }

// PublishInput forgets what it is given.
type PublishInput struct{}

// PublishOutput has the fields that Alertmanager reads.
type PublishOutput struct{ MessageId, SequenceNumber *string }

func New(*session.Session, *aws.Config) *SNS { return nil }

func (*SNS) Publish(*PublishInput) (*PublishOutput, error) {
	return nil, errors.New("this Alertmanager was built without AWS' client")
}

func (*PublishInput) SetMessage(string)                                      {}
func (*PublishInput) SetMessageAttributes(map[string]*MessageAttributeValue) {}
func (*PublishInput) SetMessageDeduplicationId(string)                       {}
func (*PublishInput) SetMessageGroupId(string)                               {}
func (*PublishInput) SetPhoneNumber(string)                                  {}
func (*PublishInput) SetSubject(string)                                      {}
func (*PublishInput) SetTargetArn(string)                                    {}
func (*PublishInput) SetTopicArn(string)                                     {}
