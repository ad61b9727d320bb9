"""A table of one engine as another one would have it: types, defaults, indexes, and what is lost on the way. No connection, no I/O."""

from airlift.databases.examined import Unfit
from airlift.databases.translating.siblings import ToSibling
from airlift.databases.translating.terms import Note, Shape, Translated, Translator, Twins
from airlift.databases.translating.to_mysql import ToMySQL
from airlift.databases.translating.to_postgres import ToPostgres

__all__ = ["Note", "Shape", "ToMySQL", "ToPostgres", "ToSibling", "Translated", "Translator", "Twins", "Unfit", "translator"]


def translator(source_product: str, target_product: str) -> Translator:
    """What translates from one product to another one; they are named as `Database.product` names them."""
    if "PostgreSQL" not in (source_product, target_product):
        return ToSibling(source_product, target_product)
    return ToPostgres(source_product) if target_product == "PostgreSQL" else ToMySQL(target_product)
