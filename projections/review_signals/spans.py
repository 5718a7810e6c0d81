"""Lengths of time in words."""

from __future__ import annotations

from datetime import timedelta


def told(span: timedelta) -> tuple[str, str]:
    """A length of time in whole days, hours or minutes, in English and in Chinese."""
    minutes = int(span.total_seconds()) // 60
    for size, en, zh in ((1440, "day", "天"), (60, "hour", "小时"), (1, "minute", "分钟")):
        if minutes >= size:
            count = minutes // size
            return f"{count} {en}{'s' if count > 1 else ''}", f"{count}{zh}"
    return "0 minutes", "0分钟"
