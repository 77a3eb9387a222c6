// What the tests stand on: a server process, an upstream, and connections with their measurements.
package clients

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	toxiproxy "github.com/Shopify/toxiproxy/v2/client"
)

// The upstream echoes; it closes after a chunk that ends in this byte.
const hangUp = "\x04"

// What the upstream answers when the other side has ended its sending.
const farewell = "bye"

var (
	api       *toxiproxy.Client
	serverURL string
	upstream  string
)

func TestMain(m *testing.M) {
	upstream = startUpstream()
	address, stop, err := startServer()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	api = toxiproxy.NewClient(address)
	serverURL = "http://" + address
	code := m.Run()
	stop()
	os.Exit(code)
}

func serverCommand() []string {
	if command := os.Getenv("ACONITE_SERVER_CMD"); command != "" {
		return strings.Fields(command)
	}
	if binary := os.Getenv("ACONITE_BIN"); binary != "" {
		return []string{binary, "server"}
	}
	return []string{"../../../target/debug/aconite", "server"}
}

func startServer() (address string, stop func(), err error) {
	probe, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	address = probe.Addr().String()
	probe.Close()
	_, port, _ := net.SplitHostPort(address)

	command := append(serverCommand(), "-host", "127.0.0.1", "-port", port)
	process := exec.Command(command[0], command[1:]...)
	if err := process.Start(); err != nil {
		return "", nil, err
	}
	stop = func() {
		process.Process.Kill()
		process.Wait()
	}
	for range 100 {
		if conn, err := net.Dial("tcp", address); err == nil {
			conn.Close()
			return address, stop, nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	stop()
	return "", nil, fmt.Errorf("%v does not listen on %s", command, address)
}

func startUpstream() string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go serve(conn)
		}
	}()
	return listener.Addr().String()
}

func serve(conn net.Conn) {
	defer conn.Close()
	buffer := make([]byte, 64*1024)
	for {
		n, err := conn.Read(buffer)
		if err == io.EOF {
			conn.Write([]byte(farewell))
		}
		if err != nil {
			return
		}
		if _, err := conn.Write(buffer[:n]); err != nil || buffer[n-1] == hangUp[0] {
			return
		}
	}
}

// aProxy makes a proxy in front of the upstream, gone at the end of the test.
func aProxy(t *testing.T) *toxiproxy.Proxy {
	t.Helper()
	proxy, err := api.CreateProxy(t.Name(), "127.0.0.1:0", upstream)
	ok(t, err)
	t.Cleanup(func() { proxy.Delete() })
	return proxy
}

func addToxic(t *testing.T, proxy *toxiproxy.Proxy, kind string, attributes toxiproxy.Attributes) {
	t.Helper()
	_, err := proxy.AddToxic("", kind, "downstream", 1, attributes)
	ok(t, err)
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func same[T comparable](t *testing.T, got, want T) {
	t.Helper()
	if got != want {
		t.Fatalf("got %v, want %v", got, want)
	}
}

func atLeast(t *testing.T, took time.Duration, milliseconds int) {
	t.Helper()
	if took < time.Duration(milliseconds)*time.Millisecond {
		t.Fatalf("took %v, want at least %d ms", took, milliseconds)
	}
}

func connect(t *testing.T, proxy *toxiproxy.Proxy) *net.TCPConn {
	t.Helper()
	conn, err := net.Dial("tcp", proxy.Listen)
	ok(t, err)
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	t.Cleanup(func() { conn.Close() })
	return conn.(*net.TCPConn)
}

// echo sends some bytes and says how long they took to come back whole.
func echo(conn net.Conn, size int) (time.Duration, error) {
	sent := bytes.Repeat([]byte("0123456789"), size/10+1)[:size]
	got := make([]byte, size)
	start := time.Now()
	if _, err := conn.Write(sent); err != nil {
		return 0, err
	}
	if _, err := io.ReadFull(conn, got); err != nil {
		return 0, err
	}
	if !bytes.Equal(sent, got) {
		return 0, fmt.Errorf("%d bytes came back changed", size)
	}
	return time.Since(start), nil
}

// holds is whether nothing at all arrives within the time: neither a byte nor the end.
func holds(conn net.Conn, wait time.Duration) bool {
	conn.SetReadDeadline(time.Now().Add(wait))
	defer conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	_, err := conn.Read(make([]byte, 1))
	timeout, isNet := err.(net.Error)
	return isNet && timeout.Timeout()
}

// mended is for what Toxiproxy gets wrong: the number is that of the table in docs/compatibility.md.
// With ACONITE_EXPECT=reference it passes if and only if the defect shows.
func mended(t *testing.T, number int, check func() error) {
	t.Helper()
	err := check()
	if os.Getenv("ACONITE_EXPECT") == "reference" {
		if err == nil {
			t.Fatalf("defect %d does not show", number)
		}
		t.Logf("difference: %d: %v", number, err)
		return
	}
	ok(t, err)
}
