"""``python -m bot run``: the server of the sidebar channel."""

from __future__ import annotations

import secrets
import sys
from pathlib import Path
from typing import Any

from bot.bootstrap import build_engine, content, load_agent, repository
from bot.cli.logs import quiet_logs
from bot.config import Settings, settings
from bot.core.errors import InputError


def serve(*, demo: bool, host: str | None, port: int | None) -> None:
    """Serve until interrupted.

    Raises:
        InputError: without ``ASSIST_SECRET``, unless the demo makes its own.
        AssistError: for broken content, no model or an unusable database, before the port is opened.
    """
    chosen = settings()
    secret = chosen.secret or (secrets.token_urlsafe(48) if demo else "")
    if not secret:
        raise InputError("ASSIST_SECRET", "is not set; refusing to start (use --demo to try without)")
    quiet_logs()
    from bot.engine.model import find_model

    content()
    repository(chosen.database_url).ping()
    find_model(Path(chosen.model_dir))

    from rasa.core.run import configure_app

    from bot.channels.sidebar import SidebarInput

    app = configure_app([SidebarInput(secret, demo=demo)], enable_api=False)
    app.register_listener(_loader(chosen), "before_server_start")
    address = f"http://{host or chosen.host}:{port or chosen.port}"
    page = f"，请打开 {address}/webhooks/sidebar/page" if demo else ""
    app.register_listener(_announcer(f"服务已就绪：{address}{page}"), "after_server_start")
    app.run(host=host or chosen.host, port=port or chosen.port, workers=1, access_log=False, motd=False)


def _loader(chosen: Settings) -> Any:
    async def load(app: Any, _loop: Any) -> None:
        print("正在载入模型…", file=sys.stderr, flush=True)
        app.ctx.agent = load_agent(chosen)
        app.ctx.engine = build_engine(app.ctx.agent, chosen)
        app.ctx.engine_agent = app.ctx.agent
        await app.ctx.engine.warm_up()

    return load


def _announcer(text: str) -> Any:
    async def announce(_app: Any, _loop: Any) -> None:
        print(text, file=sys.stderr, flush=True)

    return announce
