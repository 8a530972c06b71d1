package main

import (
	"fmt"
	"reflect"
	"sort"
)

// The inputs of all models in one. Fields that an operation does not have are zero.
type input struct {
	Op       string   `json:"op"`
	Key      string   `json:"key"`
	By       float64  `json:"by"`
	Add      float64  `json:"add"`
	Amount   float64  `json:"amount"`
	Index    int      `json:"index"`
	Expected value    `json:"expected"`
	Value    value    `json:"value"`
	Session  string   `json:"session"`
	Token    *float64 `json:"token"`
}

// The models of models.ts, written again.
type spec struct {
	initial interface{}
	apply   func(state interface{}, in input) (next interface{}, output value, waits bool)
	// Judges an answer itself where the object may choose among several; undecided, it is compared with that of apply.
	chooses func(state interface{}, in input, output value) (decided, ok bool, next interface{})
}

func specOf(asked question) (spec, error) {
	switch asked.Model {
	case "counter":
		return spec{initial: 0.0, apply: counter}, nil
	case "register":
		return spec{initial: []value{asked.Initial}, apply: register}, nil
	case "map":
		return spec{initial: []value{}, apply: entry}, nil
	case "queue":
		return spec{initial: []value{}, apply: queue(asked.Capacity)}, nil
	case "lock":
		return spec{initial: lockState{}, apply: lock, chooses: token}, nil
	case "account":
		return spec{initial: 0.0, apply: account}, nil
	case "list":
		return spec{initial: []value{}, apply: list}, nil
	}
	return spec{}, fmt.Errorf("no model %q", asked.Model)
}

func counter(state interface{}, in input) (interface{}, value, bool) {
	now := state.(float64)
	switch in.Op {
	case "increment":
		return now + in.By, now + in.By, false
	case "tally":
		return now, now, false
	case "reset":
		return 0.0, nil, false
	default: // compareAndSet
		if now == in.Expected.(float64) {
			return in.Value.(float64), true, false
		}
		return now, false, false
	}
}

// The state is a slice of one value: a state must not be nil.
func register(state interface{}, in input) (interface{}, value, bool) {
	now := state.([]value)
	switch in.Op {
	case "get":
		return now, now[0], false
	case "set":
		return []value{in.Value}, nil, false
	case "getAndSet":
		return []value{in.Value}, now[0], false
	default: // compareAndSet
		if reflect.DeepEqual(now[0], in.Expected) {
			return []value{in.Value}, true, false
		}
		return now, false, false
	}
}

// The state is a slice of the value, or of none.
func entry(state interface{}, in input) (interface{}, value, bool) {
	now := state.([]value)
	var present value
	if len(now) > 0 {
		present = now[0]
	}
	switch in.Op {
	case "get":
		return now, present, false
	case "has":
		return now, len(now) > 0, false
	case "delete":
		return []value{}, len(now) > 0, false
	case "set":
		return []value{in.Value}, nil, false
	default: // compute
		number, _ := present.(float64)
		return []value{number + in.Add}, number + in.Add, false
	}
}

func queue(capacity *int) func(interface{}, input) (interface{}, value, bool) {
	return func(state interface{}, in input) (interface{}, value, bool) {
		items := state.([]value)
		full := capacity != nil && len(items) >= *capacity
		switch in.Op {
		case "offer":
			if full {
				return items, false, false
			}
			return appended(items, in.Value), true, false
		case "put":
			if full {
				return items, nil, true
			}
			return appended(items, in.Value), nil, false
		case "size":
			return items, float64(len(items)), false
		}
		if len(items) == 0 {
			return items, nil, in.Op == "take"
		}
		if in.Op == "peek" {
			return items, items[0], false
		}
		return append([]value{}, items[1:]...), items[0], false
	}
}

func account(state interface{}, in input) (interface{}, value, bool) {
	balance := state.(float64)
	switch in.Op {
	case "deposit":
		return balance + in.Amount, balance + in.Amount, false
	case "withdraw":
		if balance < in.Amount {
			return balance, map[string]value{"error": "insufficient"}, false
		}
		return balance - in.Amount, balance - in.Amount, false
	default: // balance
		return balance, balance, false
	}
}

func list(state interface{}, in input) (interface{}, value, bool) {
	values := state.([]value)
	switch in.Op {
	case "append":
		return appended(values, in.Value), float64(len(values) + 1), false
	case "get":
		if in.Index >= len(values) {
			return values, nil, false
		}
		return values, values[in.Index], false
	case "read":
		return values, values, false
	default: // size
		return values, float64(len(values)), false
	}
}

// Sessions are named; nobody is "".
type lockState struct {
	holder string
	token  float64
	dead   string
}

func lock(state interface{}, in input) (interface{}, value, bool) {
	now := state.(lockState)
	switch in.Op {
	case "acquire", "tryAcquire":
		if !free(now, in.Session) {
			return now, nil, in.Op == "acquire"
		}
		return lockState{in.Session, now.token + 1, now.dead}, now.token + 1, false
	case "release":
		if now.holder != in.Session || (in.Token != nil && *in.Token != now.token) {
			return now, false, false
		}
		return lockState{"", now.token, now.dead}, true, false
	case "isLocked":
		return now, now.holder != "", false
	default: // expire
		next := lockState{now.holder, now.token, buried(now.dead, in.Session)}
		if next.holder == in.Session {
			next.holder = ""
		}
		return next, nil, false
	}
}

// Any token larger than all before will do.
func token(state interface{}, in input, output value) (decided, ok bool, next interface{}) {
	given, isNumber := output.(float64)
	now := state.(lockState)
	if !isNumber || (in.Op != "acquire" && in.Op != "tryAcquire") {
		return false, false, nil
	}
	return true, free(now, in.Session) && given > now.token, lockState{in.Session, given, now.dead}
}

func free(now lockState, session string) bool {
	return now.holder == "" && buried(now.dead, session) != now.dead
}

// The names of the dead, each once, in order, as one string: states are compared by value.
func buried(dead, session string) string {
	names := []string{session}
	word := ""
	for _, char := range dead {
		if char != '\n' {
			word += string(char)
			continue
		}
		if word == session {
			return dead
		}
		names, word = append(names, word), ""
	}
	sort.Strings(names)
	all := ""
	for _, name := range names {
		all += name + "\n"
	}
	return all
}

// A slice of its own: states are immutable.
func appended(values []value, last value) []value {
	return append(append(make([]value, 0, len(values)+1), values...), last)
}
