"""ecrmock.protocols.service: which function does which operation?"""

from ecrmock.protocols.service import Service


def test_a_function_does_the_operation_of_its_name():
    service = Service("ecr")

    @service.operation
    def get_download_url_for_layer(_call, _request):
        return {"answer": 1}

    @service.streaming
    def upload_layer_part(_call, _request):
        return {"answer": 2}

    assert list(service.operations) == ["GetDownloadUrlForLayer", "UploadLayerPart"]
    assert [operation.streams for operation in service.operations.values()] == [False, True]
    assert service.operations["GetDownloadUrlForLayer"].run(None, {}) == {"answer": 1}
    assert get_download_url_for_layer(None, {}) == {"answer": 1}
    assert upload_layer_part(None, {}) == {"answer": 2}


def test_services_do_not_share_their_operations():
    first, second = Service("ecr"), Service("ecr")

    @first.operation
    def put_image(_call, _request):
        return {}

    assert put_image(None, {}) == {}
    assert second.operations == {}
