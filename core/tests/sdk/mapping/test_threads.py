from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from backhaul.entities import Account
from backhaul.sdk.mapping import MapContext, WireSchema


def test_one_schema_serves_many_threads(
    schema: WireSchema[Account], account: Account, context: MapContext
) -> None:
    def there_and_back(number: int) -> str:
        mine = account.changed(id=f"a-{number + 1}", name=f"Name {number}", account_number=str(number))
        document = schema.render(schema.flatten(mine, context), nulls=True)
        back = Account.model_validate(
            schema.apply(mine.model_dump(mode="json"), schema.parse(document).fields, context)
        )
        assert back == mine.changed(contact_ids=["p-1", "p-2"])
        return f"{back.name}/{back.account_number}/{schema.our_id(document)}"

    with ThreadPoolExecutor(16) as pool:
        done = list(pool.map(there_and_back, range(400)))
    assert done == [f"Name {number}/{number}/a-{number + 1}" for number in range(400)]
