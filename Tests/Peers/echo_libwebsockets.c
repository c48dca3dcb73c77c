// Sends every text back: libwebsockets as it is used in C, without a protocol above it.
//
// The floor for `telehealth-bench signalling --echo`, and the record that `websocket_cases.py`
// compares with. It knows no people, rooms or JSON. Built by
//   cc -O2 -o echo Tests/Peers/echo_libwebsockets.c -lwebsockets -lpthread
// and run as `echo [certificate.pem key.pem]`: writes its port, ends with its input. It waits in
// libev if that plug-in is there (LWS_SERVER_OPTION_LIBEV), as telehealth does.

#include <libwebsockets.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <unistd.h>

struct message {
    struct message *next;
    size_t length;
    unsigned char bytes[];
};

struct person {
    struct message *first, **last;
    unsigned char *partial;
    size_t partial_length;
};

static int queue(struct person *person, const void *bytes, size_t length) {
    struct message *message = malloc(sizeof(*message) + LWS_PRE + length);
    if (!message) return -1;
    message->next = NULL;
    message->length = length;
    memcpy(message->bytes + LWS_PRE, bytes, length);
    *person->last = message;
    person->last = &message->next;
    return 0;
}

static int receive(struct lws *wsi, struct person *person, const void *bytes, size_t length) {
    int is_last = lws_is_final_fragment(wsi) && !lws_remaining_packet_payload(wsi);
    if (is_last && !person->partial) {
        if (queue(person, bytes, length)) return -1;
    } else {
        unsigned char *more = realloc(person->partial, person->partial_length + length + 1);
        if (!more) return -1;
        person->partial = more;
        memcpy(more + person->partial_length, bytes, length);
        person->partial_length += length;
        if (!is_last) return 0;
        if (queue(person, person->partial, person->partial_length)) return -1;
        free(person->partial);
        person->partial = NULL;
        person->partial_length = 0;
    }
    lws_callback_on_writable(wsi);
    return 0;
}

static int send_next(struct lws *wsi, struct person *person) {
    struct message *message = person->first;
    if (!message) return 0;
    person->first = message->next;
    if (!person->first) person->last = &person->first;
    int sent = lws_write(wsi, message->bytes + LWS_PRE, message->length, LWS_WRITE_TEXT);
    free(message);
    if (person->first) lws_callback_on_writable(wsi);
    return sent < 0 ? -1 : 0;
}

static int handle(
    struct lws *wsi, enum lws_callback_reasons reason, void *user, void *bytes, size_t length
) {
    struct person *person = user;
    switch (reason) {
    case LWS_CALLBACK_ESTABLISHED:
        memset(person, 0, sizeof(*person));
        person->last = &person->first;
        break;
    case LWS_CALLBACK_RECEIVE: return receive(wsi, person, bytes, length);
    case LWS_CALLBACK_SERVER_WRITEABLE: return send_next(wsi, person);
    case LWS_CALLBACK_CLOSED:
        while (person->first) {
            struct message *next = person->first->next;
            free(person->first);
            person->first = next;
        }
        free(person->partial);
        break;
    default: break;
    }
    return 0;
}

static const struct lws_protocols protocols[] = {
    {"http", lws_callback_http_dummy, 0, 0, 0, NULL, 0},
    {"telehealth.v1", handle, sizeof(struct person), 4096, 0, NULL, 1 << 20},
    {0},
};

// A port that is free now; libwebsockets cannot be asked for one.
static int free_port(void) {
    struct sockaddr_in place = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof(place);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(fd, (struct sockaddr *)&place, size) ||
        getsockname(fd, (struct sockaddr *)&place, &size)) {
        return -1;
    }
    close(fd);
    return ntohs(place.sin_port);
}

// Ends the program with its input.
static void *wait_for_end(void *unused) {
    while (getchar() != EOF) {}
    _exit(0);
    return unused;
}

int main(int count, char **words) {
    struct lws_context_creation_info info = {0};
    lws_set_log_level(LLL_ERR, NULL);
    info.port = free_port();
    info.iface = "127.0.0.1";
    info.protocols = protocols;
    info.options = LWS_SERVER_OPTION_LIBEV | LWS_SERVER_OPTION_VALIDATE_UTF8;
    info.pt_serv_buf_size = 32768;
    if (count == 3) {
        info.options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
        info.ssl_cert_filepath = words[1];
        info.ssl_private_key_filepath = words[2];
    }
    struct lws_context *context = lws_create_context(&info);
    if (!context) return 1;
    printf("%d\n", info.port);
    fflush(stdout);
    pthread_t thread;
    if (pthread_create(&thread, NULL, wait_for_end, NULL)) return 1;
    while (lws_service(context, 0) >= 0) {}
    lws_context_destroy(context);
    return 0;
}
