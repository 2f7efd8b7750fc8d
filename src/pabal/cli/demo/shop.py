"""The shop that examples are of."""

from types import MappingProxyType

SENDER = MappingProxyType(
    {
        "name": "한빛상점",
        "address": "news@hanbit.example",
        "company": "주식회사 한빛상점",
        "postal_address": "서울특별시 성동구 연무장길 12, 3층",
        "phone": "02-555-0123",
        "contact_email": "help@hanbit.example",
    }
)
