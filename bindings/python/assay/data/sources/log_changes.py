"""Messages of a server's log, gathered by table."""

from __future__ import annotations

from collections.abc import Mapping

from assay.data.sources.net_changes import NetChanges
from assay.data.sources.pgoutput import Begin, Change, Commit, Relation, Truncate, parse

__all__ = ["LogChanges"]


class LogChanges:
    """What the messages come to, table by table; transactions that a table has already are passed over."""

    def __init__(self, positions: Mapping[str, int], keys: Mapping[str, list[str]]) -> None:
        self._positions, self._keys = positions, keys
        self._relations: dict[int, Relation] = {}
        self._lsn = 0
        self._touched: set[str] = set()
        self.by_table: dict[str, NetChanges] = {}
        self.end = self.count = 0

    def take(self, data: bytes) -> None:
        self.count += 1
        message = parse(data)
        if isinstance(message, Change):
            relation = self._relation(message.relation)
            net = self._net(relation)
            if net is not None:
                net.apply(message, relation, self._lsn)
        elif isinstance(message, Relation):
            self._relations[message.oid] = message
        elif isinstance(message, Begin):
            self._lsn = message.lsn
        elif isinstance(message, Truncate):
            for oid in message.relations:
                net = self._net(self._relation(oid))
                if net is not None:
                    net.truncate()
        elif isinstance(message, Commit):
            self.end = message.end_lsn
            for table in self._touched:
                self.by_table[table].lsn = message.end_lsn
            self._touched.clear()

    def _relation(self, oid: int) -> Relation:
        if oid not in self._relations:
            from assay import IoError

            raise IoError(
                "change stream: a change came before the description of its table; the slot was not advanced"
            )
        return self._relations[oid]

    def _net(self, relation: Relation) -> NetChanges | None:
        """Where changes of the table go; None for a transaction that it has, and for a table of others."""
        table = f"{relation.schema}.{relation.table}"
        if table not in self._positions or self._lsn < self._positions[table]:
            return None
        self._touched.add(table)
        return self.by_table.setdefault(table, NetChanges(self._keys[table]))
