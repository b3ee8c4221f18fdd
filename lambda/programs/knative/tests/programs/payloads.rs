//! What AWS's services send.

use serde_json::{Value, json};

/// A notification of a bucket.
pub(crate) fn s3() -> Value {
    json!({ "Records": [{
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": "eu-central-1",
        "eventTime": "2026-11-24T20:00:00.000Z",
        "eventName": "ObjectCreated:Put",
        "userIdentity": { "principalId": "A1" },
        "requestParameters": { "sourceIPAddress": "203.0.113.7" },
        "responseElements": { "x-amz-request-id": "C3D1" },
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": "pictures",
            "bucket": { "name": "pictures", "ownerIdentity": { "principalId": "A1" }, "arn": "arn:aws:s3:::pictures" },
            "object": { "key": "happy-face.jpg", "size": 1024, "eTag": "d41d8cd9", "sequencer": "0055AED6" },
        },
    }] })
}

/// Two messages of a queue, of which the second orders nothing.
pub(crate) fn sqs() -> Value {
    let message = |id: &str, body: &str| {
        json!({
            "messageId": id,
            "receiptHandle": "handle",
            "body": body,
            "attributes": { "ApproximateReceiveCount": "1", "SentTimestamp": "1764014400000" },
            "messageAttributes": {},
            "md5OfBody": "7b270e59b47ff90a553787216d55d91d",
            "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:eu-central-1:123456789012:orders",
            "awsRegion": "eu-central-1",
        })
    };
    json!({ "Records": [
        message("first", r#"{"item": "tea", "quantity": 2}"#),
        message("second", r#"{"item": "milk", "quantity": 0}"#),
    ] })
}

/// A notification of a topic.
pub(crate) fn sns() -> Value {
    json!({ "Records": [{
        "EventSource": "aws:sns",
        "EventVersion": "1.0",
        "EventSubscriptionArn": "arn:aws:sns:eu-central-1:123456789012:news:1",
        "Sns": {
            "Type": "Notification",
            "MessageId": "95df01b4",
            "TopicArn": "arn:aws:sns:eu-central-1:123456789012:news",
            "Subject": null,
            "Message": "tea is back",
            "Timestamp": "2026-11-24T20:00:00.000Z",
            "SignatureVersion": "1",
            "Signature": "none",
            "SigningCertUrl": "https://sns.example/cert.pem",
            "UnsubscribeUrl": "https://sns.example/unsubscribe",
            "MessageAttributes": {},
        },
    }] })
}

/// An event of a bus.
pub(crate) fn eventbridge() -> Value {
    json!({
        "version": "0",
        "id": "6a7e8feb",
        "detail-type": "EC2 Instance State-change Notification",
        "source": "aws.ec2",
        "account": "123456789012",
        "time": "2026-11-24T20:00:00Z",
        "region": "eu-central-1",
        "resources": ["arn:aws:ec2:eu-central-1:123456789012:instance/i-1"],
        "detail": { "instance-id": "i-1", "state": "stopped" },
    })
}

/// Two changes of a table, of which the first adds an item.
pub(crate) fn dynamodb() -> Value {
    let record = |name: &str, image: Value| {
        json!({
            "eventID": "1",
            "eventName": name,
            "eventVersion": "1.1",
            "eventSource": "aws:dynamodb",
            "awsRegion": "eu-central-1",
            "eventSourceARN": "arn:aws:dynamodb:eu-central-1:123456789012:table/items/stream/1",
            "dynamodb": {
                "ApproximateCreationDateTime": 1_764_014_400,
                "Keys": { "name": { "S": "tea" } },
                "NewImage": image,
                "SequenceNumber": "111",
                "SizeBytes": 26,
                "StreamViewType": "NEW_AND_OLD_IMAGES",
            },
        })
    };
    json!({ "Records": [
        record("INSERT", json!({ "name": { "S": "tea" }, "price": { "N": "3" } })),
        record("REMOVE", json!({})),
    ] })
}

/// A request as an HTTP API sends it.
pub(crate) fn http_api() -> Value {
    json!({
        "version": "2.0",
        "routeKey": "PUT /shelves/{id}",
        "rawPath": "/shelves/7",
        "rawQueryString": "tag=a&tag=b",
        "cookies": ["seen=yes"],
        "headers": { "content-type": "text/plain", "x-real": "gateway" },
        "queryStringParameters": { "tag": "a,b" },
        "pathParameters": { "id": "7" },
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "api",
            "domainName": "api.example.com",
            "domainPrefix": "api",
            "http": {
                "method": "PUT", "path": "/shelves/7", "protocol": "HTTP/1.1",
                "sourceIp": "203.0.113.9", "userAgent": "none",
            },
            "requestId": "of-the-gateway",
            "routeKey": "PUT /shelves/{id}",
            "stage": "$default",
            "time": "24/Nov/2026:20:00:00 +0000",
            "timeEpoch": 1_764_014_400_000_i64,
        },
        "body": "aGVsbG8=",
        "isBase64Encoded": true,
    })
}

/// A request as a REST API sends it.
pub(crate) fn rest_api() -> Value {
    json!({
        "resource": "/shelves/{id}",
        "path": "/shelves/7",
        "httpMethod": "PUT",
        "headers": { "accept": "text/plain" },
        "multiValueHeaders": { "accept": ["text/plain"] },
        "queryStringParameters": { "tag": "b" },
        "multiValueQueryStringParameters": { "tag": ["a", "b"] },
        "pathParameters": { "id": "7" },
        "stageVariables": null,
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "api",
            "httpMethod": "PUT",
            "identity": { "sourceIp": "203.0.113.9", "userAgent": "none" },
            "path": "/prod/shelves/7",
            "protocol": "HTTP/1.1",
            "requestId": "of-the-gateway",
            "requestTime": "24/Nov/2026:20:00:00 +0000",
            "requestTimeEpoch": 1_764_014_400_000_i64,
            "resourceId": "123",
            "resourcePath": "/shelves/{id}",
            "stage": "prod",
        },
        "body": "hello",
        "isBase64Encoded": false,
    })
}
