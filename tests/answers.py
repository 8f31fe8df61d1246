"""What boto3 says: an answer without its envelope, and a refusal in two words."""

import pytest
from botocore.exceptions import ClientError


def members(answer):
    """An answer's own members."""
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


def refused(client, operation, *, status=400, **request):
    """Code and sentence of a refusal."""
    with pytest.raises(ClientError) as caught:
        getattr(client, operation)(**request)
    answer = caught.value.response
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == status
    return answer["Error"]["Code"], answer["Error"].get("Message")
