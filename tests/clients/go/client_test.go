// The published Go client against a running server.
package clients

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	toxiproxy "github.com/Shopify/toxiproxy/v2/client"
)

func TestVersion(t *testing.T) {
	body, err := api.Version()
	ok(t, err)
	var answer struct{ Version string }
	ok(t, json.Unmarshal(body, &answer))
	same(t, strings.HasPrefix(answer.Version, "2."), true)
}

func TestCreateListGetDelete(t *testing.T) {
	proxy := aProxy(t)
	same(t, strings.HasSuffix(proxy.Listen, ":0"), false)
	all, err := api.Proxies()
	ok(t, err)
	same(t, all[t.Name()].Listen, proxy.Listen)
	one, err := api.Proxy(t.Name())
	ok(t, err)
	same(t, one.Upstream, upstream)
	same(t, one.Enabled, true)
	same(t, len(one.ActiveToxics), 0)
	_, err = echo(connect(t, proxy), 100)
	ok(t, err)
	ok(t, one.Delete())
	_, err = api.Proxy(t.Name())
	same(t, err != nil, true)
}

func TestPopulateTwice(t *testing.T) {
	config := []toxiproxy.Proxy{
		{Name: "one", Listen: "127.0.0.1:0", Upstream: upstream, Enabled: true},
		{Name: "two", Listen: "127.0.0.1:0", Upstream: upstream},
	}
	made, err := api.Populate(config)
	ok(t, err)
	same(t, len(made), 2)
	same(t, made[0].Enabled, true)
	same(t, made[1].Enabled, false)
	_, err = echo(connect(t, made[0]), 10)
	ok(t, err)
	again, err := api.Populate([]toxiproxy.Proxy{*made[0]})
	ok(t, err)
	same(t, again[0].Listen, made[0].Listen)
	for _, proxy := range made {
		ok(t, proxy.Delete())
	}
}

func TestSaveOfANewProxy(t *testing.T) {
	proxy := api.NewProxy()
	proxy.Name, proxy.Listen, proxy.Upstream, proxy.Enabled = t.Name(), "127.0.0.1:0", upstream, true
	ok(t, proxy.Save())
	_, err := echo(connect(t, proxy), 10)
	ok(t, err)
	proxy.Upstream = startUpstream()
	ok(t, proxy.Save())
	_, err = echo(connect(t, proxy), 10)
	ok(t, err)
	ok(t, proxy.Delete())
}

func TestToggleWithALiveConnection(t *testing.T) {
	proxy := aProxy(t)
	live := connect(t, proxy)
	_, err := echo(live, 10)
	ok(t, err)
	ok(t, proxy.Disable())
	_, err = live.Read(make([]byte, 1))
	same(t, errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET), true)
	_, err = net.Dial("tcp", proxy.Listen)
	same(t, errors.Is(err, syscall.ECONNREFUSED), true)
	ok(t, proxy.Enable())
	_, err = echo(connect(t, proxy), 10)
	ok(t, err)
}

func TestNoopAndDefaultName(t *testing.T) {
	proxy := aProxy(t)
	toxic, err := proxy.AddToxic("", "noop", "", -1, nil)
	ok(t, err)
	same(t, toxic.Name, "noop_downstream")
	same(t, toxic.Toxicity, 1)
	_, err = echo(connect(t, proxy), 100_000)
	ok(t, err)
}

func TestLatencyAndItsUpdates(t *testing.T) {
	proxy := aProxy(t)
	live := connect(t, proxy)
	attributes := toxiproxy.Attributes{"latency": 150, "jitter": 0}
	_, err := proxy.AddToxic("slow", "latency", "upstream", 1, attributes)
	ok(t, err)
	took, err := echo(live, 10)
	ok(t, err)
	atLeast(t, took, 150)
	toxic, err := proxy.UpdateToxic("slow", -1, toxiproxy.Attributes{"latency": 300})
	ok(t, err)
	same(t, toxic.Attributes["latency"].(float64), 300)
	took, err = echo(live, 10)
	ok(t, err)
	atLeast(t, took, 300)
	toxic, err = proxy.UpdateToxic("slow", 0.5, nil)
	ok(t, err)
	same(t, toxic.Toxicity, 0.5)
	same(t, toxic.Attributes["latency"].(float64), 300)
	toxics, err := proxy.Toxics()
	ok(t, err)
	same(t, toxics[0].Stream, "upstream")
	ok(t, proxy.RemoveToxic("slow"))
	toxics, err = proxy.Toxics()
	ok(t, err)
	same(t, len(toxics), 0)
}

func TestToxicityDecidesForNewConnections(t *testing.T) {
	proxy := aProxy(t)
	_, err := proxy.AddToxic("hole", "timeout", "upstream", 0, toxiproxy.Attributes{"timeout": 0})
	ok(t, err)
	_, err = echo(connect(t, proxy), 10)
	ok(t, err)
	_, err = proxy.UpdateToxic("hole", 1, nil)
	ok(t, err)
	conn := connect(t, proxy)
	conn.Write([]byte("lost"))
	same(t, holds(conn, 200*time.Millisecond), true)
}

func TestBandwidth(t *testing.T) {
	proxy := aProxy(t)
	addToxic(t, proxy, "bandwidth", toxiproxy.Attributes{"rate": 100})
	took, err := echo(connect(t, proxy), 50_000)
	ok(t, err)
	atLeast(t, took, 400)
}

func TestSlowClose(t *testing.T) {
	proxy := aProxy(t)
	addToxic(t, proxy, "slow_close", toxiproxy.Attributes{"delay": 300})
	conn := connect(t, proxy)
	start := time.Now()
	conn.Write([]byte("last" + hangUp))
	got, err := io.ReadAll(conn)
	ok(t, err)
	same(t, string(got), "last"+hangUp)
	atLeast(t, time.Since(start), 300)
}

func TestTimeoutCloses(t *testing.T) {
	proxy := aProxy(t)
	addToxic(t, proxy, "timeout", toxiproxy.Attributes{"timeout": 300})
	start := time.Now()
	conn := connect(t, proxy)
	conn.Write([]byte("lost"))
	got, _ := io.ReadAll(conn)
	same(t, len(got), 0)
	atLeast(t, time.Since(start), 300)
}

func TestTimeoutOfZeroHoldsUntilRemoved(t *testing.T) {
	proxy := aProxy(t)
	addToxic(t, proxy, "timeout", toxiproxy.Attributes{"timeout": 0})
	conn := connect(t, proxy)
	conn.Write([]byte("lost"))
	same(t, holds(conn, 300*time.Millisecond), true)
	ok(t, proxy.RemoveToxic("timeout_downstream"))
	got, _ := io.ReadAll(conn)
	same(t, len(got), 0)
}

func TestSlicerKeepsEveryByte(t *testing.T) {
	proxy := aProxy(t)
	addToxic(t, proxy, "slicer", toxiproxy.Attributes{"average_size": 100, "size_variation": 10, "delay": 10_000})
	took, err := echo(connect(t, proxy), 1000)
	ok(t, err)
	atLeast(t, took, 60)
}

func TestLimitData(t *testing.T) {
	proxy := aProxy(t)
	addToxic(t, proxy, "limit_data", toxiproxy.Attributes{"bytes": 10})
	conn := connect(t, proxy)
	conn.Write([]byte("0123456789, and this is too much"))
	got, _ := io.ReadAll(conn)
	same(t, string(got), "0123456789")
}

func TestResetPeer(t *testing.T) {
	proxy := aProxy(t)
	addToxic(t, proxy, "reset_peer", toxiproxy.Attributes{"timeout": 100})
	start := time.Now()
	conn := connect(t, proxy)
	conn.Write([]byte("lost"))
	_, err := io.ReadAll(conn)
	same(t, errors.Is(err, syscall.ECONNRESET), true)
	atLeast(t, time.Since(start), 100)
}

func TestToxicOptions(t *testing.T) {
	proxy := aProxy(t)
	options := &toxiproxy.ToxicOptions{
		ProxyName: proxy.Name, ToxicName: "lag", ToxicType: "latency", Stream: "upstream",
		Toxicity: 1, Attributes: toxiproxy.Attributes{"latency": 1},
	}
	_, err := api.AddToxic(options)
	ok(t, err)
	options.Attributes["latency"] = 200
	_, err = api.UpdateToxic(options)
	ok(t, err)
	took, err := echo(connect(t, proxy), 10)
	ok(t, err)
	atLeast(t, took, 200)
	ok(t, api.RemoveToxic(options))
}

func TestResetState(t *testing.T) {
	proxy := aProxy(t)
	addToxic(t, proxy, "timeout", toxiproxy.Attributes{"timeout": 0})
	ok(t, proxy.Disable())
	ok(t, api.ResetState())
	after, err := api.Proxy(proxy.Name)
	ok(t, err)
	same(t, after.Enabled, true)
	same(t, len(after.ActiveToxics), 0)
	_, err = echo(connect(t, after), 10)
	ok(t, err)
}

func TestErrors(t *testing.T) {
	proxy := aProxy(t)
	addToxic(t, proxy, "noop", nil)
	_, missing := api.Proxy("nobody")
	_, duplicate := api.CreateProxy(proxy.Name, "127.0.0.1:0", upstream)
	_, badType := proxy.AddToxic("", "nonsense", "", 1, nil)
	_, badStream := proxy.AddToxic("", "noop", "sideways", 1, nil)
	_, sameToxic := proxy.AddToxic("", "noop", "", 1, nil)
	_, noToxic := proxy.UpdateToxic("nothing", 1, nil)
	_, busy := api.CreateProxy("busy", proxy.Listen, upstream)
	for _, row := range []struct {
		err    error
		status int
		text   string
	}{
		{missing, 404, "proxy not found"},
		{duplicate, 409, "proxy already exists"},
		{badType, 400, "invalid toxic type"},
		{badStream, 400, "stream was invalid, can be either upstream or downstream"},
		{sameToxic, 409, "toxic already exists"},
		{noToxic, 404, "toxic not found"},
		{busy, 500, fmt.Sprintf("listen tcp %s: bind: address already in use", proxy.Listen)},
	} {
		var answer *toxiproxy.ApiError
		same(t, errors.As(row.err, &answer), true)
		same(t, answer.Status, row.status)
		same(t, answer.Message, row.text)
	}
}
