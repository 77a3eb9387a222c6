// Defects of the reference that a user of this client meets.
package clients

import (
	"errors"
	"fmt"
	"io"
	"syscall"
	"testing"
	"time"

	toxiproxy "github.com/Shopify/toxiproxy/v2/client"
)

func TestMended02FailedUpdateChangesNothing(t *testing.T) {
	proxy := aProxy(t)
	addToxic(t, proxy, "latency", toxiproxy.Attributes{"latency": 5})
	_, err := proxy.UpdateToxic("latency_downstream", -1, toxiproxy.Attributes{"jitter": "x", "latency": 9})
	same(t, err != nil, true)
	mended(t, 2, func() error {
		toxics, err := proxy.Toxics()
		if err != nil {
			return err
		}
		if latency := toxics[0].Attributes["latency"]; latency != 5.0 {
			return fmt.Errorf("a refused update set latency to %v", latency)
		}
		return nil
	})
}

func TestMended05TimeoutCutsAChattyPeer(t *testing.T) {
	proxy := aProxy(t)
	_, err := proxy.AddToxic("", "timeout", "upstream", 1, toxiproxy.Attributes{"timeout": 300})
	ok(t, err)
	conn := connect(t, proxy)
	mended(t, 5, func() error {
		for range 30 {
			conn.Write([]byte("chat"))
			if !holds(conn, 100*time.Millisecond) {
				return nil
			}
		}
		return errors.New("still open after ten times its timeout")
	})
}

func TestMended06ResetOfALiveConnection(t *testing.T) {
	proxy := aProxy(t)
	conn := connect(t, proxy)
	_, err := echo(conn, 10)
	ok(t, err)
	addToxic(t, proxy, "reset_peer", toxiproxy.Attributes{"timeout": 0})
	conn.Write([]byte("lost"))
	mended(t, 6, func() error {
		if _, err := io.ReadAll(conn); !errors.Is(err, syscall.ECONNRESET) {
			return fmt.Errorf("ended with %v, not a reset", err)
		}
		return nil
	})
}

func TestMended07HalfClose(t *testing.T) {
	conn := connect(t, aProxy(t))
	_, err := echo(conn, 10)
	ok(t, err)
	ok(t, conn.CloseWrite())
	mended(t, 7, func() error {
		if got, _ := io.ReadAll(conn); string(got) != farewell {
			return fmt.Errorf("the answer to the end of the request was %q", got)
		}
		return nil
	})
}

func TestMended15PopulateWithToxics(t *testing.T) {
	toxics := toxiproxy.Toxics{{
		Name: "lag", Type: "latency", Stream: "upstream", Toxicity: 1,
		Attributes: toxiproxy.Attributes{"latency": 200},
	}}
	made, err := api.Populate([]toxiproxy.Proxy{{
		Name: t.Name(), Listen: "127.0.0.1:0", Upstream: upstream, Enabled: true, ActiveToxics: toxics,
	}})
	ok(t, err)
	defer made[0].Delete()
	mended(t, 15, func() error {
		took, err := echo(connect(t, made[0]), 10)
		if err == nil && took < 200*time.Millisecond {
			err = errors.New("the toxics of the config were left out")
		}
		return err
	})
}
