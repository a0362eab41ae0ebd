"""Serves `VocabularyService`."""

from typing import Final

from linli.members.v1 import vocabulary_pb2
from linli.members.v1.vocabulary_pb2 import ListTermsRequest, ListTermsResponse

from services.chassis.call import Call
from services.chassis.frame import Frame
from services.chassis.pages import Page
from services.chassis.rpc.table import Registration
from services.members.api import translate_vocabulary as translate
from services.members.api.access import ACCESS
from services.members.api.codes import CODES
from services.members.storage.vocabulary import list_terms
from services.members.usecases.add_terms import add_terms
from services.members.usecases.change_terms import rename_terms, retire_terms

SERVICE: Final = vocabulary_pb2.DESCRIPTOR.services_by_name["VocabularyService"]


def vocabulary_service(frame: Frame) -> Registration:
    async def list_(request: ListTermsRequest, _call: Call) -> ListTermsResponse:
        page = Page.of(request)
        async with frame.database.read() as connection:
            found = await list_terms(
                connection,
                page,
                kind=translate.kind_of(request.kind),
                include_retired=request.include_retired,
            )
        rows, token = page.cut(found, key=lambda term: (term.code,))
        return ListTermsResponse(terms=map(translate.term, rows), next_page_token=token)

    writes = frame.writes(SERVICE, CODES)
    return Registration(
        descriptor=SERVICE,
        rpcs={
            **writes.rpcs("AddTerm", batch="BatchAddTerms", decode=translate.add_term, usecase=add_terms),
            **writes.rpcs("RenameTerm", decode=translate.rename_term, usecase=rename_terms),
            **writes.rpcs("RetireTerm", decode=translate.retire_term, usecase=retire_terms),
            "ListTerms": list_,
        },
        access=ACCESS,
        codes=CODES,
    )
