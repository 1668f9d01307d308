/*
 * Encodes PCM to Opus packets, with encoder settings that change at given packets.
 *
 *   cc -O2 -o encode encode.c $(pkg-config --cflags --libs opus)
 *   encode CHANNELS FAMILY APPLICATION PACKET_SAMPLES [AT:KEY=VALUE[@STREAM]]... < pcm.s16le > packets
 *
 * In: interleaved 16-bit little-endian samples at 48 kHz. Out, little-endian: u16 lookahead, u8 streams,
 * u8 coupled, one byte a channel (its mapping), then u32 length and bytes of each packet.
 * AT is the packet before which a setting is made; @STREAM makes it in one stream of a multistream encoder.
 */
#include <opus_multistream.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What libopus's own test programs use to ask for a coding mode; not in its public headers. */
#define SET_FORCE_MODE 11002

typedef struct {
  long at;
  int request;
  int value;
  int stream;
} Setting;

static const struct {
  const char *name;
  int request;
} KEYS[] = {
    {"bitrate", OPUS_SET_BITRATE_REQUEST},
    {"vbr", OPUS_SET_VBR_REQUEST},
    {"constraint", OPUS_SET_VBR_CONSTRAINT_REQUEST},
    {"dtx", OPUS_SET_DTX_REQUEST},
    {"signal", OPUS_SET_SIGNAL_REQUEST},
    {"bandwidth", OPUS_SET_BANDWIDTH_REQUEST},
    {"maxbandwidth", OPUS_SET_MAX_BANDWIDTH_REQUEST},
    {"channels", OPUS_SET_FORCE_CHANNELS_REQUEST},
    {"fec", OPUS_SET_INBAND_FEC_REQUEST},
    {"loss", OPUS_SET_PACKET_LOSS_PERC_REQUEST},
    {"mode", SET_FORCE_MODE},
};

static void die(const char *what) {
  fprintf(stderr, "encode: %s\n", what);
  exit(1);
}

static Setting parse(const char *text) {
  char name[32];
  Setting s = {0, 0, 0, -1};
  if (sscanf(text, "%ld:%31[a-z]=%d@%d", &s.at, name, &s.value, &s.stream) < 3) die(text);
  for (size_t i = 0; i < sizeof KEYS / sizeof *KEYS; i++)
    if (strcmp(KEYS[i].name, name) == 0) s.request = KEYS[i].request;
  if (s.request == 0) die(text);
  return s;
}

static void apply(OpusMSEncoder *encoder, const Setting *s) {
  OpusEncoder *one = NULL;
  int failed;
  if (s->stream < 0) {
    failed = opus_multistream_encoder_ctl(encoder, s->request, s->value);
  } else {
    failed = opus_multistream_encoder_ctl(encoder, OPUS_MULTISTREAM_GET_ENCODER_STATE(s->stream, &one));
    if (!failed) failed = opus_encoder_ctl(one, s->request, s->value);
  }
  if (failed) die(opus_strerror(failed));
}

static void put(unsigned value, int bytes) {
  for (int i = 0; i < bytes; i++) putchar((value >> (8 * i)) & 255);
}

int main(int argc, char **argv) {
  if (argc < 5) die("CHANNELS FAMILY APPLICATION PACKET_SAMPLES [AT:KEY=VALUE[@STREAM]]...");
  int channels = atoi(argv[1]), family = atoi(argv[2]), samples = atoi(argv[4]);
  int application = strcmp(argv[3], "voip") == 0    ? OPUS_APPLICATION_VOIP
                    : strcmp(argv[3], "audio") == 0 ? OPUS_APPLICATION_AUDIO
                                                    : OPUS_APPLICATION_RESTRICTED_LOWDELAY;
  int streams, coupled, error;
  unsigned char mapping[255];
  OpusMSEncoder *encoder = opus_multistream_surround_encoder_create(48000, channels, family, &streams,
                                                                     &coupled, mapping, application, &error);
  if (error) die(opus_strerror(error));
  int settings = argc - 5;
  Setting *set = calloc(settings + 1, sizeof *set);
  for (int i = 0; i < settings; i++) set[i] = parse(argv[5 + i]);

  opus_int32 lookahead, capacity = 1500 * 6 * streams;
  opus_multistream_encoder_ctl(encoder, OPUS_GET_LOOKAHEAD(&lookahead));
  put(lookahead, 2);
  put(streams, 1);
  put(coupled, 1);
  fwrite(mapping, 1, channels, stdout);

  opus_int16 *pcm = malloc(sizeof *pcm * samples * channels);
  unsigned char *packet = malloc(capacity);
  for (long at = 0; fread(pcm, sizeof *pcm * channels, samples, stdin) == (size_t)samples; at++) {
    for (int i = 0; i < settings; i++)
      if (set[i].at == at) apply(encoder, &set[i]);
    opus_int32 length = opus_multistream_encode(encoder, pcm, samples, packet, capacity);
    if (length < 0) die(opus_strerror(length));
    put(length, 4);
    fwrite(packet, 1, length, stdout);
  }
  return 0;
}
