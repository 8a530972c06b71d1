// Judges histories by Porcupine, for comparison with the checker beside this folder.
//
// Standard input has a question on each line, { model, initial?, capacity?, history }, where a history is what history.ts writes.
// Standard output has its verdict on the same line: Ok, Illegal, or Unknown after ten seconds.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"reflect"
	"time"

	"github.com/anishathalye/porcupine"
)

const limit = 10 * time.Second

// A value as encoding/json decodes it: nil, bool, float64, string, []value, map[string]value.
type value = interface{}

type operation struct {
	Client string `json:"client"`
	Call   int64  `json:"call"`
	// Null where the outcome is unknown.
	Return *int64 `json:"return"`
	Input  input  `json:"input"`
	Output value  `json:"output"`
}

type question struct {
	Model    string      `json:"model"`
	Initial  value       `json:"initial"`
	Capacity *int        `json:"capacity"`
	History  []operation `json:"history"`
}

// What Porcupine hands to a step as an answer.
type answer struct {
	known bool
	value value
}

// Porcupine places every operation. One whose outcome is unknown may be placed after all others, where nobody can tell whether it
// happened: so it must be possible in every state.
func toPorcupine(spec spec) porcupine.Model {
	return porcupine.Model{
		Partition: func(history []porcupine.Operation) [][]porcupine.Operation {
			groups := map[string][]porcupine.Operation{}
			for _, one := range history {
				key := one.Input.(input).Key
				groups[key] = append(groups[key], one)
			}
			parts := [][]porcupine.Operation{}
			for _, group := range groups {
				parts = append(parts, group)
			}
			return parts
		},
		Init:  func() interface{} { return spec.initial },
		Equal: reflect.DeepEqual,
		Hash: func(state interface{}) uint64 {
			// FNV-1a of the printed state.
			hash := uint64(14695981039346656037)
			for _, char := range []byte(fmt.Sprint(state)) {
				hash = (hash ^ uint64(char)) * 1099511628211
			}
			return hash
		},
		Step: func(state, asked, given interface{}) (bool, interface{}) {
			got := given.(answer)
			if got.known && spec.chooses != nil {
				if decided, ok, next := spec.chooses(state, asked.(input), got.value); decided {
					return ok, next
				}
			}
			next, output, waits := spec.apply(state, asked.(input))
			switch {
			case !got.known && waits:
				return true, state
			case !got.known:
				return true, next
			default:
				return !waits && reflect.DeepEqual(output, got.value), next
			}
		},
	}
}

func judge(asked question) (porcupine.CheckResult, error) {
	spec, err := specOf(asked)
	if err != nil {
		return porcupine.Unknown, err
	}
	history := make([]porcupine.Operation, len(asked.History))
	for i, one := range asked.History {
		history[i] = porcupine.Operation{Input: one.Input, Call: one.Call, Return: math.MaxInt64, Output: answer{}}
		if one.Return != nil {
			history[i].Return = *one.Return
			history[i].Output = answer{true, one.Output}
		}
	}
	return porcupine.CheckOperationsTimeout(toPorcupine(spec), history, limit), nil
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<28)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for lines.Scan() {
		var asked question
		err := json.Unmarshal(lines.Bytes(), &asked)
		var verdict porcupine.CheckResult
		if err == nil {
			verdict, err = judge(asked)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Fprintln(out, verdict)
	}
	if err := lines.Err(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
