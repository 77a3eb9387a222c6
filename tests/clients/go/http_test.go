// net/http against an API whose answers go wrong: what the standard library does about it.
package clients

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// An API behind a proxy, and what reached it.
type httpRig struct {
	t    *testing.T
	base string // of the proxy's resource in aconite's API
	url  string // of the proxy itself
	lock sync.Mutex
	seen []string
}

func (rig *httpRig) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	rig.lock.Lock()
	rig.seen = append(rig.seen, r.Method+" "+r.URL.Path)
	rig.lock.Unlock()
	if r.URL.Path == "/trailers" {
		w.Header().Set("Trailer", "Checksum")
		fmt.Fprint(w, "some text")
		w.(http.Flusher).Flush()
		fmt.Fprint(w, " in two parts")
		w.Header().Set("Checksum", "abc")
		return
	}
	w.Header().Set("X-Host", r.Host)
	fmt.Fprintf(w, "%s %s %d", r.Method, r.URL.Path, len(body))
}

func (rig *httpRig) reached() string {
	rig.lock.Lock()
	defer rig.lock.Unlock()
	return strings.Join(rig.seen, ", ")
}

func newHTTPRig(t *testing.T) *httpRig {
	t.Helper()
	rig := &httpRig{t: t, base: serverURL}
	server := httptest.NewServer(rig)
	name := strings.ReplaceAll(t.Name(), "/", "-")
	made := rig.call("POST", "/proxies", map[string]any{"name": name, "listen": "127.0.0.1:0", "upstream": server.URL})
	rig.base += "/proxies/" + name
	rig.url = "http://" + made["listen"].(string)
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections()
		rig.call("DELETE", "", nil)
		server.Close()
	})
	return rig
}

func (rig *httpRig) call(method, path string, body any) map[string]any {
	rig.t.Helper()
	text, _ := json.Marshal(body)
	request, _ := http.NewRequest(method, rig.base+path, bytes.NewReader(text))
	answer, err := http.DefaultClient.Do(request)
	ok(rig.t, err)
	defer answer.Body.Close()
	got, _ := io.ReadAll(answer.Body)
	if answer.StatusCode >= 300 {
		rig.t.Fatalf("%s %s: %s", method, path, got)
	}
	var fields map[string]any
	json.Unmarshal(got, &fields)
	return fields
}

func (rig *httpRig) add(toxic map[string]any) {
	rig.t.Helper()
	rig.call("POST", "/toxics", toxic)
}

func read(t *testing.T, answer *http.Response, err error) (int, string) {
	t.Helper()
	ok(t, err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	ok(t, err)
	return answer.StatusCode, string(body)
}

func TestHTTPGivenAndRealAnswersShareAConnection(t *testing.T) {
	rig := newHTTPRig(t)
	rig.add(map[string]any{"type": "respond", "attributes": map[string]any{"status": 429, "retry_after": 2},
		"body": "later", "match": map[string]any{"http": map[string]any{"path": "/given*"}}})
	client := &http.Client{Transport: &http.Transport{MaxConnsPerHost: 1}}
	defer client.CloseIdleConnections()
	for number := range 10 {
		answer, err := client.Get(fmt.Sprintf("%s/given%d", rig.url, number))
		same(t, answer.Header.Get("Retry-After"), "2")
		status, body := read(t, answer, err)
		same(t, status, 429)
		same(t, body, "later")
		answer, err = client.Head(rig.url + "/given")
		status, body = read(t, answer, err)
		same(t, fmt.Sprint(status, body), "429")
		answer, err = client.Post(rig.url+"/real", "text/plain", strings.NewReader("1234"))
		_, body = read(t, answer, err)
		same(t, body, "POST /real 4")
	}
	same(t, strings.Count(rig.reached(), "given"), 0)
}

func TestHTTPHostIsTheUpstreams(t *testing.T) {
	rig := newHTTPRig(t)
	answer, err := http.Get(rig.url + "/")
	host := answer.Header.Get("X-Host")
	read(t, answer, err)
	if "http://"+host == rig.url {
		t.Fatalf("the upstream saw the proxy's own address %s", host)
	}
}

func TestHTTPPipelinedRequestsAreAnsweredInOrder(t *testing.T) {
	rig := newHTTPRig(t)
	rig.add(map[string]any{"type": "respond", "attributes": map[string]any{"status": 503},
		"match": map[string]any{"http": map[string]any{"nth": 3}}})
	conn, err := net.Dial("tcp", strings.TrimPrefix(rig.url, "http://"))
	ok(t, err)
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	var all strings.Builder
	for number := range 30 {
		fmt.Fprintf(&all, "GET /%d HTTP/1.1\r\nHost: x\r\n\r\n", number)
	}
	io.WriteString(conn, all.String())
	reader := bufio.NewReader(conn)
	for number := range 30 {
		answer, err := http.ReadResponse(reader, &http.Request{Method: "GET"})
		status, body := read(t, answer, err)
		if number%3 == 2 {
			same(t, status, 503)
		} else {
			same(t, body, fmt.Sprintf("GET /%d 0", number))
		}
	}
}

func TestHTTPTrailersArriveBesideARule(t *testing.T) {
	rig := newHTTPRig(t)
	rig.add(map[string]any{"type": "latency", "attributes": map[string]any{"latency": 20},
		"match": map[string]any{"http": map[string]any{"path": "/trailers"}}})
	answer, err := http.Get(rig.url + "/trailers")
	_, body := read(t, answer, err)
	same(t, body, "some text in two parts")
	same(t, answer.Trailer.Get("Checksum"), "abc")
}

func TestHTTPExpectContinueIsAnsweredWithoutTheBody(t *testing.T) {
	rig := newHTTPRig(t)
	rig.add(map[string]any{"type": "respond", "attributes": map[string]any{"status": 413},
		"match": map[string]any{"http": map[string]any{"method": "PUT"}}})
	client := &http.Client{Transport: &http.Transport{ExpectContinueTimeout: 10 * time.Second}}
	defer client.CloseIdleConnections()
	send := func(method string) (int, string) {
		request, _ := http.NewRequest(method, rig.url+"/big", bytes.NewReader(make([]byte, 1<<20)))
		request.Header.Set("Expect", "100-continue")
		answer, err := client.Do(request)
		return read(t, answer, err)
	}
	start := time.Now()
	status, _ := send("PUT")
	same(t, status, 413)
	if time.Since(start) > 5*time.Second {
		t.Fatal("the client waited to send its body")
	}
	status, body := send("POST")
	same(t, fmt.Sprint(status, body), "200POST /big 1048576")
}

// A request with GetBody that is reset before an answer is sent again by the transport, if its connection was
// used before; here it is new, so the error must reach the caller.
func TestHTTPAResetIsAnErrorAndTheNextRequestWorks(t *testing.T) {
	rig := newHTTPRig(t)
	rig.add(map[string]any{"type": "reset_peer",
		"match": map[string]any{"http": map[string]any{"requests": "1"}}})
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	if answer, err := client.Post(rig.url+"/a", "text/plain", strings.NewReader("x")); err == nil {
		t.Fatalf("got %v", answer.Status)
	}
	answer, err := client.Post(rig.url+"/a", "text/plain", strings.NewReader("x"))
	_, body := read(t, answer, err)
	same(t, body, "POST /a 1")
}

func TestHTTPHeadersOfBothSidesAreSetAndRemoved(t *testing.T) {
	rig := newHTTPRig(t)
	rig.add(map[string]any{"name": "host", "type": "header", "stream": "upstream",
		"attributes": map[string]any{"headers": map[string]any{"Host": "other.test"}}})
	rig.add(map[string]any{"name": "server", "type": "header",
		"attributes": map[string]any{"headers": map[string]any{"Date": nil, "X-Seen": "yes"}}})
	answer, err := http.Get(rig.url + "/")
	read(t, answer, err)
	same(t, answer.Header.Get("X-Host"), "other.test")
	same(t, answer.Header.Get("X-Seen")+answer.Header.Get("Date"), "yes")
}

func TestHTTPAQuotaLetsSoManyPass(t *testing.T) {
	rig := newHTTPRig(t)
	rig.add(map[string]any{"type": "rate_limit", "attributes": map[string]any{"requests": 3, "window": 60000}})
	var statuses []int
	for range 5 {
		answer, err := http.Get(rig.url + "/")
		status, _ := read(t, answer, err)
		statuses = append(statuses, status)
		if status == 429 && answer.Header.Get("Retry-After") == "" {
			t.Fatal("no Retry-After")
		}
	}
	same(t, fmt.Sprint(statuses), "[200 200 200 429 429]")
}
