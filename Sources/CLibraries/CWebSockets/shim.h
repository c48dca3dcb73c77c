// libwebsockets on a libev loop that is ours (`foreign_loops`): libev installs no signal handlers
// then, and a turn of the loop can be ended at will, which `lws_service` with a plug-in cannot.
// Below only what Swift cannot import: macros with casts, and macros that are statements.
#pragma once
#include <libwebsockets.h>
#include <ev.h>
#include <string.h>

/// Room that lws_write needs in front of a payload.
static const int web_headroom = LWS_PRE;

/// The options of every context: our libev loop, vhosts made after the context, UTF-8 checked,
/// Origin sent as given, no HTTP/2.
static inline void web_prepare(struct lws_context_creation_info *info, int with_tls) {
    memset(info, 0, sizeof(*info));
    info->options = LWS_SERVER_OPTION_LIBEV | LWS_SERVER_OPTION_EXPLICIT_VHOSTS
        | LWS_SERVER_OPTION_VALIDATE_UTF8 | LWS_SERVER_OPTION_JUST_USE_RAW_ORIGIN
        | (with_tls ? LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT : 0);
    info->alpn = "http/1.1";
    info->port = CONTEXT_PORT_NO_LISTEN;
}

/// A vhost that serves sockets accepted elsewhere, with a server's TLS if it has a certificate.
static inline void web_prepare_server(struct lws_context_creation_info *info) {
    info->port = CONTEXT_PORT_NO_LISTEN_SERVER;
}

/// Closes the connection now and frees it, with its callbacks.
static inline void web_kill(struct lws *wsi) {
    lws_set_timeout(wsi, PENDING_TIMEOUT_USER_REASON_BASE, LWS_TO_KILL_SYNC);
}

static inline void web_io_init(
    struct ev_io *watcher, void (*ready)(struct ev_loop *, struct ev_io *, int), int fd, int events
) {
    ev_io_init(watcher, ready, fd, events);
}

static inline void web_timer_init(
    struct ev_timer *timer, void (*over)(struct ev_loop *, struct ev_timer *, int)
) {
    ev_timer_init(timer, over, 0, 0);
}

static inline void web_before_wait_init(
    struct ev_prepare *watcher, void (*before)(struct ev_loop *, struct ev_prepare *, int)
) {
    ev_prepare_init(watcher, before);
}

/// Starts a stopped timer, counted from now and not from the loop's last turn.
static inline void web_timer_start(struct ev_loop *loop, struct ev_timer *timer, double seconds) {
    ev_now_update(loop);
    ev_timer_set(timer, seconds, 0);
    ev_timer_start(loop, timer);
}
