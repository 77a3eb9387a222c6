// Package testcontainers shows aconite in a Go test: testcontainers-go starts it, and Toxiproxy's
// own client drives it.
package testcontainers

import (
	"context"
	"errors"
	"net"
	"os"
	"testing"
	"time"

	toxiproxy "github.com/Shopify/toxiproxy/v2/client"
	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/network"
	"github.com/testcontainers/testcontainers-go/wait"
)

// The swap: this was "ghcr.io/shopify/toxiproxy:2.12.0". All else is as for Toxiproxy.
const image = "aconite/aconite"

const (
	apiPort   = "8474/tcp"
	proxyPort = "8666/tcp"
)

// start brings up Redis with a proxy named "redis" before it. It returns the proxy, and its
// address as seen from the test.
func start(t *testing.T) (*toxiproxy.Proxy, string) {
	t.Helper()
	ctx := context.Background()
	bridge, err := network.New(ctx)
	check(t, err)
	testcontainers.CleanupNetwork(t, bridge)

	redis, err := testcontainers.Run(ctx, "redis:7-alpine",
		network.WithNetwork([]string{"redis"}, bridge),
		testcontainers.WithWaitStrategy(wait.ForLog("Ready to accept connections")))
	testcontainers.CleanupContainer(t, redis)
	check(t, err)

	proxies, err := testcontainers.Run(ctx, image,
		network.WithNetwork([]string{"aconite"}, bridge),
		testcontainers.WithExposedPorts(apiPort, proxyPort),
		testcontainers.WithWaitStrategy(wait.ForHTTP("/version").WithPort(apiPort)))
	testcontainers.CleanupContainer(t, proxies)
	check(t, err)

	api, err := proxies.PortEndpoint(ctx, apiPort, "http")
	check(t, err)
	address, err := proxies.PortEndpoint(ctx, proxyPort, "")
	check(t, err)
	proxy, err := toxiproxy.NewClient(api).CreateProxy("redis", "0.0.0.0:8666", "redis:6379")
	check(t, err)
	return proxy, address
}

func TestLatencyIsWhatTheClientWaits(t *testing.T) {
	proxy, address := start(t)
	_, err := proxy.AddToxic("slow", "latency", "downstream", 1, toxiproxy.Attributes{"latency": 300})
	check(t, err)
	begin := time.Now()
	answer, err := ping(address, 5*time.Second)
	check(t, err)
	if took := time.Since(begin); answer != "+PONG\r\n" || took < 300*time.Millisecond {
		t.Fatalf("%q after %v", answer, took)
	}
}

func TestSilenceEndsWithTheClientsPatience(t *testing.T) {
	proxy, address := start(t)
	_, err := proxy.AddToxic("silent", "timeout", "downstream", 1, toxiproxy.Attributes{"timeout": 0})
	check(t, err)
	if answer, err := ping(address, 500*time.Millisecond); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("%q, %v", answer, err)
	}
}

func ping(address string, patience time.Duration) (string, error) {
	socket, err := net.DialTimeout("tcp", address, patience)
	if err != nil {
		return "", err
	}
	defer socket.Close()
	if err := socket.SetDeadline(time.Now().Add(patience)); err != nil {
		return "", err
	}
	if _, err := socket.Write([]byte("PING\r\n")); err != nil {
		return "", err
	}
	answer := make([]byte, 64)
	count, err := socket.Read(answer)
	return string(answer[:count]), err
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
