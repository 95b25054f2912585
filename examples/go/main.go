// Two streams with net/http: events (GET /stream, SSE) and a token-by-token answer (POST /ask, NDJSON).
//
// Run: go run .
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

const maxPromptBytes = 100_000

// most is the largest number taken from outside: as milliseconds, nearly twelve days.
const most = 1_000_000_000

func main() {
	log.SetFlags(0) // the log goes to stderr

	http.HandleFunc("/stream", stream)
	http.HandleFunc("/ask", ask)

	address := os.Getenv("LISTEN")
	if address == "" {
		address = "127.0.0.1:8000"
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		log.Fatal(err)
	}
	log.Printf("listening on http://%s", listener.Addr())

	// No WriteTimeout: it limits the whole answer, so it would cut every stream at that age.
	server := &http.Server{ReadHeaderTimeout: 10 * time.Second}
	log.Fatal(server.Serve(listener))
}

// stream sends an event per interval. The ticker stands for whatever your events come from.
func stream(w http.ResponseWriter, r *http.Request) {
	intervalMs, err := number(r, "interval_ms", "INTERVAL_MS", 500, 1)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	count, err := number(r, "count", "COUNT", 0, 0) // 0 = endless
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	heartbeatMs, err := number(r, "", "HEARTBEAT_MS", 15_000, 1)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	flush, ok := startStream(w, "text/event-stream")
	if !ok {
		return
	}

	lastSeen, err := strconv.ParseUint(r.Header.Get("Last-Event-ID"), 10, 53)
	if err != nil {
		lastSeen = 0 // a first visit, or an id that is not ours
	}
	events := time.NewTicker(time.Duration(intervalMs) * time.Millisecond)
	defer events.Stop()
	heartbeat := time.NewTicker(time.Duration(heartbeatMs) * time.Millisecond)
	defer heartbeat.Stop()

	sent := 0
	send := func() {
		sent++
		seq := lastSeen + uint64(sent)
		fmt.Fprintf(w, "id: %d\ndata: {\"seq\":%d,\"sentAt\":%d}\n\n", seq, seq, time.Now().UnixMilli())
		flush()
	}
	for send(); sent != count; {
		select {
		case <-r.Context().Done():
			log.Printf("client left after %d events", sent)
			return
		case <-heartbeat.C:
			// A comment: clients skip it, idle timers on the way start again.
			fmt.Fprint(w, ": heartbeat\n\n")
			flush()
		case <-events.C:
			send()
		}
	}
}

// ask answers word by word, as a language model does.
func ask(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "send a POST with {\"prompt\": \"…\"}", http.StatusMethodNotAllowed)
		return
	}
	intervalMs, err := number(r, "interval_ms", "", 50, 1)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	// Read to the end, not just to the end of the JSON: net/http watches for a client that leaves
	// only once the whole body has been read.
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxPromptBytes))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	var question struct {
		Prompt string `json:"prompt"`
	}
	if err := json.Unmarshal(body, &question); err != nil || question.Prompt == "" {
		http.Error(w, "expected JSON with a prompt: {\"prompt\": \"…\"}", http.StatusBadRequest)
		return
	}
	flush, ok := startStream(w, "application/x-ndjson")
	if !ok {
		return
	}

	line := json.NewEncoder(w) // ends each value with a newline
	for sent, word := range strings.Fields("You asked: " + question.Prompt) {
		select {
		case <-r.Context().Done():
			log.Printf("client left after %d events", sent)
			return
		case <-time.After(time.Duration(intervalMs) * time.Millisecond):
			line.Encode(map[string]any{"token": word + " ", "done": false})
			flush()
		}
	}
	line.Encode(map[string]any{"done": true})
}

// startStream sends the response head at once and returns what sends the rest on.
func startStream(w http.ResponseWriter, contentType string) (flush func(), ok bool) {
	flusher, ok := w.(http.Flusher)
	if !ok {
		// A middleware that wraps the ResponseWriter without passing Flush on.
		http.Error(w, "this server cannot stream", http.StatusInternalServerError)
		return nil, false
	}
	w.Header().Set("Content-Type", contentType)
	// A proxy that stores answers or compresses them must leave this one alone.
	w.Header().Set("Cache-Control", "no-cache, no-transform")
	if os.Getenv("OPT_OUT") != "0" {
		// nginx collects an answer before it sends it on, unless the answer says this.
		w.Header().Set("X-Accel-Buffering", "no")
	}
	// Without Flush, net/http waits until some kilobytes have come together.
	flusher.Flush()
	return flusher.Flush, true
}

// number reads a whole number from the query, else from the environment, else takes the default.
func number(r *http.Request, key, variable string, otherwise, least int) (int, error) {
	name, text := key, r.URL.Query().Get(key)
	if text == "" {
		name, text = variable, os.Getenv(variable)
	}
	if text == "" {
		return otherwise, nil
	}
	value, err := strconv.Atoi(text)
	if err != nil || value < least || value > most {
		return 0, fmt.Errorf("%s: %q is not a whole number from %d to %d", name, text, least, most)
	}
	return value, nil
}
