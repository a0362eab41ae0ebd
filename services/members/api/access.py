"""Who may call what."""

from typing import Final

from services.chassis.rpc.access import Access, AccessTable

ACCESS: Final[AccessTable] = {
    "linli.members.v1.GridService/CreateNode": Access.ANYONE,
    "linli.members.v1.GridService/BatchCreateNodes": Access.ANYONE,
    "linli.members.v1.GridService/GetNode": Access.ANYONE,
    "linli.members.v1.GridService/ListNodes": Access.ANYONE,
    "linli.members.v1.OrganisationService/CreateWorkUnit": Access.ANYONE,
    "linli.members.v1.OrganisationService/BatchCreateWorkUnits": Access.ANYONE,
    "linli.members.v1.OrganisationService/GetWorkUnit": Access.ANYONE,
    "linli.members.v1.OrganisationService/ListWorkUnits": Access.ANYONE,
    "linli.members.v1.MemberService/CreateMember": Access.ANYONE,
    "linli.members.v1.MemberService/BatchCreateMembers": Access.ANYONE,
    "linli.members.v1.MemberService/UpdateMember": Access.ANYONE,
    "linli.members.v1.MemberService/BatchUpdateMembers": Access.ANYONE,
    "linli.members.v1.MemberService/ImportMembers": Access.ANYONE,
    "linli.members.v1.MemberService/RecordConsent": Access.ANYONE,
    "linli.members.v1.MemberService/BatchRecordConsents": Access.ANYONE,
    "linli.members.v1.MemberService/ListConsents": Access.ANYONE,
    "linli.members.v1.MemberService/EraseMember": Access.ANYONE,
    "linli.members.v1.MemberService/FindMembers": Access.ANYONE,
    "linli.members.v1.MemberService/GetMember": Access.ANYONE,
    "linli.members.v1.MemberService/BatchGetMembers": Access.ANYONE,
    "linli.members.v1.MemberService/ListMembers": Access.ANYONE,
    "linli.members.v1.MergeService/MergeMembers": Access.ANYONE,
    "linli.members.v1.MergeService/UnmergeMembers": Access.ANYONE,
    "linli.members.v1.MergeService/GetMerge": Access.ANYONE,
    "linli.members.v1.MergeService/ListMerges": Access.ANYONE,
    "linli.members.v1.VocabularyService/AddTerm": Access.ANYONE,
    "linli.members.v1.VocabularyService/BatchAddTerms": Access.ANYONE,
    "linli.members.v1.VocabularyService/RenameTerm": Access.ANYONE,
    "linli.members.v1.VocabularyService/RetireTerm": Access.ANYONE,
    "linli.members.v1.VocabularyService/ListTerms": Access.ANYONE,
    "linli.members.v1.EnrolmentService/Enrol": Access.ANYONE,
    "linli.members.v1.EnrolmentService/BatchEnrol": Access.ANYONE,
    "linli.members.v1.EnrolmentService/EndEnrolment": Access.ANYONE,
    "linli.members.v1.EnrolmentService/BatchEndEnrolments": Access.ANYONE,
    "linli.members.v1.EnrolmentService/GetEnrolment": Access.ANYONE,
    "linli.members.v1.EnrolmentService/GetParticipation": Access.ANYONE,
}
